-- Sealed requests: ciphertext instead of words, and an answer that is sealed when its question is. Nobody here can open
-- either. `visible` and `visible_answer` have what is said beside them: names, the version, the reply that is wanted.
-- Retention empties the ciphertexts; they do not become null, for then the row would be one that never had any.
ALTER TABLE request
  ALTER COLUMN content DROP NOT NULL,
  ADD COLUMN sealed bytea,
  ADD COLUMN visible json,
  ADD COLUMN sealed_answer bytea,
  ADD COLUMN visible_answer json,
  ADD COLUMN receipt json,
  DROP CONSTRAINT one_answer,
  ADD CONSTRAINT one_content CHECK ((content IS NULL) <> (sealed IS NULL) AND (sealed IS NULL) = (visible IS NULL)),
  ADD CONSTRAINT one_answer CHECK (
    (state = 'answered') = (answer IS NOT NULL OR sealed_answer IS NOT NULL)
    AND (state = 'answered') = (answered_by IS NOT NULL)
    AND (answer IS NULL OR content IS NOT NULL)
    AND (sealed_answer IS NULL OR sealed IS NOT NULL)
    AND (sealed_answer IS NULL) = (visible_answer IS NULL)),
  ADD CONSTRAINT receipted CHECK (receipt IS NULL OR state = 'answered');

-- What retention empties a day after it settled. No plain request is in it, and no settlement touches its columns.
CREATE INDEX request_sealed ON request (id) WHERE sealed <> '';
