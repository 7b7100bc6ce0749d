UPDATE members SET tier = NULL WHERE tier IS NOT NULL;
