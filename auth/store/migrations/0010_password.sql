-- Every account has a password, so that an account without passkeys, identities and e-mail can still be entered.
ALTER TABLE account ALTER COLUMN password_hash SET NOT NULL;
