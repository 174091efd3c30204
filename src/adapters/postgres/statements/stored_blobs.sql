-- Locks the row until the commit, so that no removal comes between. Gives whether the bytes have to follow.
-- name: put_blob
INSERT INTO stored_blobs (hash, bytes, put_at) VALUES ($1, $2, $3)
ON CONFLICT (hash) DO UPDATE SET put_at = greatest(stored_blobs.put_at, excluded.put_at)
RETURNING xmax = 0;

-- name: put_blob_piece
INSERT INTO stored_blob_pieces (hash, number, piece) VALUES ($1, $2, $3);

-- name: blob_piece
SELECT b.bytes, p.piece FROM stored_blobs b JOIN stored_blob_pieces p ON p.hash = b.hash WHERE b.hash = $1 AND p.number = $2;

-- name: blob_bytes
SELECT bytes FROM stored_blobs WHERE hash = $1;

-- name: old_blobs
SELECT hash FROM stored_blobs WHERE hash > $2 AND put_at < $1 ORDER BY hash LIMIT $3;

-- Waits for a put that is under way, and then leaves the blob alone.
-- name: remove_stored_blob
WITH gone AS (DELETE FROM stored_blobs WHERE hash = $1 AND put_at < $2 RETURNING hash)
DELETE FROM stored_blob_pieces p USING gone WHERE p.hash = gone.hash;
