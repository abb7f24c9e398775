/** Advice on settings and what became of it; and each end for lack of memory, with the limit that it met. */
export const recommendations = `
CREATE TABLE recommendations (
  id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  resource TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at INTEGER,
  -- {direction, current, proposed, tier, confidence, because, formula, backtest, risk, mayApply}
  proposal TEXT NOT NULL,
  -- {at, by, before, after, inPlace, watchedUntil, baseline}; NULL: never applied.
  application TEXT,
  reason TEXT
) STRICT;
CREATE INDEX recommendations_by_server ON recommendations (server_id, created_at DESC);
CREATE INDEX recommendations_open ON recommendations (state) WHERE state IN ('open', 'applied');
CREATE TABLE memory_kills (
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  memory_mb INTEGER NOT NULL
) STRICT;
CREATE INDEX memory_kills_by_server ON memory_kills (server_id, at);
`
