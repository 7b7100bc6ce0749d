-- The tier follows from the points.
UPDATE members SET tier = CASE WHEN points >= 1000 THEN 'gold' ELSE 'silver' END WHERE tier IS NULL;
