DROP VIEW gold_members;
