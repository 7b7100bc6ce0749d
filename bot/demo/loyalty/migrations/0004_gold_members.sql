-- The gold members, for the shop.
CREATE VIEW gold_members AS SELECT id, email, points FROM members WHERE tier = 'gold';
