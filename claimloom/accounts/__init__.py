"""Double entry: what events mean for the accounts of visits, payments and payers. Pure: no database, no transport."""
