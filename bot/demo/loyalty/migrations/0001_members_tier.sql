-- Members have a tier.
ALTER TABLE members ADD COLUMN tier text;
