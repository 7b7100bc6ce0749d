-- One membership for each e-mail.
ALTER TABLE members ADD CONSTRAINT members_email_key UNIQUE (email);
