-- An account that is about to be deleted ends its keys and tokens at once, so every process must hear of it; of one that
-- is kept after all, they are looked up again.
CREATE TRIGGER account_leaving AFTER UPDATE OF delete_at ON account
    FOR EACH ROW WHEN (OLD.delete_at IS NULL AND NEW.delete_at IS NOT NULL) EXECUTE FUNCTION account_disabled();
