//! Every statement that the store runs, in one place, with `$1` placeholders: what another database must answer.

/// What Latchkey writes into the header of its files: "LKEY".
pub(super) const APPLICATION_ID: i64 = 0x4C4B_4559;

/// Transactions that write take the lock when they begin: one that read first could find it taken when it writes.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

pub(super) const READ_APPLICATION_ID: &str = "PRAGMA application_id";

pub(super) const COUNT_TABLES: &str = "SELECT count(*) FROM sqlite_master";

pub(super) const READ_VERSION: &str = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";

pub(super) const NOTE_EVENT: &str =
    "INSERT INTO events (platform, id, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

pub(super) const FORGET_EVENTS: &str = "DELETE FROM events WHERE seen_at < $1";

pub(super) const KEEP_WAITING: &str =
    "INSERT INTO waiting (platform, id, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

pub(super) const WAITING: &str = "SELECT platform, id, content FROM waiting ORDER BY rowid";

pub(super) const ANSWERED: &str = "DELETE FROM waiting WHERE platform = $1 AND id = $2";

pub(super) const PUT_TICKET: &str = "
    INSERT INTO tickets (id, conversation, holder, content, expires_at, used_at)
    VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const READ_TICKET: &str =
    "SELECT conversation, holder, content, expires_at, used_at FROM tickets WHERE id = $1";

pub(super) const CLAIM_TICKET: &str =
    "UPDATE tickets SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2";

pub(super) const STANDS: &str = "
    INSERT INTO cards (ticket, message) VALUES ($1, $2)
    ON CONFLICT (ticket) DO UPDATE SET message = excluded.message";

pub(super) const STANDING: &str = "SELECT message FROM cards WHERE ticket = $1";

pub(super) const OPEN_TICKETS: &str = "
    SELECT id, conversation, holder, content, expires_at, used_at FROM tickets
    WHERE content ->> '$.does' = $1 AND used_at IS NULL AND expires_at > $2
    ORDER BY expires_at DESC LIMIT $3";

/// Run after [`DROP_TICKETS`].
pub(super) const DROP_CARDS: &str = "DELETE FROM cards WHERE ticket NOT IN (SELECT id FROM tickets)";

pub(super) const DROP_TICKETS: &str = "DELETE FROM tickets WHERE expires_at < $1 OR used_at < $1";

pub(super) const ASK: &str = "
    INSERT INTO questions (conversation, person, content, expires_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (conversation, person) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at";

pub(super) const TAKE_QUESTION: &str =
    "DELETE FROM questions WHERE conversation = $1 AND person = $2 RETURNING content, expires_at";

pub(super) const DROP_QUESTIONS: &str = "DELETE FROM questions WHERE expires_at < $1";

pub(super) const PREFER: &str = "
    INSERT INTO preferences (person, language) VALUES ($1, $2)
    ON CONFLICT (person) DO UPDATE SET language = excluded.language";

pub(super) const READ_PREFERENCE: &str = "SELECT language FROM preferences WHERE person = $1";

pub(super) const PUT_REFERENCE: &str = "
    INSERT INTO platform_references (platform, key, value) VALUES ($1, $2, $3)
    ON CONFLICT (platform, key) DO UPDATE SET value = excluded.value";

pub(super) const CLAIM_REFERENCE: &str =
    "INSERT INTO platform_references (platform, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

pub(super) const READ_REFERENCE: &str = "SELECT value FROM platform_references WHERE platform = $1 AND key = $2";

pub(super) const FORGET_REFERENCE: &str = "DELETE FROM platform_references WHERE platform = $1 AND key = $2";

pub(super) const READ_HEAD: &str = "SELECT sequence, hash FROM audit_head WHERE id = 1";

pub(super) const APPEND: &str = "
    INSERT INTO audit (sequence, event, operation, body, previous, hash) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const MOVE_HEAD: &str = "UPDATE audit_head SET sequence = $1, hash = $2 WHERE id = 1";

pub(super) const READ_FLOOR: &str = "SELECT sequence, hash FROM audit_floor WHERE id = 1";

pub(super) const RAISE_FLOOR: &str = "UPDATE audit_floor SET sequence = $1, hash = $2 WHERE id = 1";

pub(super) const DROP_ARCHIVED: &str =
    "DELETE FROM audit WHERE sequence <= (SELECT sequence FROM audit_floor WHERE id = 1)";

pub(super) const READ_TRAIL: &str =
    "SELECT sequence, event, operation, body, previous, hash FROM audit ORDER BY sequence";

pub(super) const READ_AFTER: &str = "
    SELECT sequence, event, operation, body, previous, hash FROM audit
    WHERE sequence > $1 ORDER BY sequence LIMIT $2";

pub(super) const READ_NEWEST: &str = "
    SELECT sequence, event, operation, body, previous, hash FROM audit ORDER BY sequence DESC LIMIT $1";

pub(super) const READ_UNFINISHED: &str = "
    SELECT sequence, event, operation, body, previous, hash FROM audit AS begun
    WHERE begun.event = 'started' AND NOT EXISTS (
        SELECT 1 FROM audit AS ended
        WHERE ended.operation = begun.operation AND ended.sequence > begun.sequence
            AND ended.event IN ('succeeded', 'unconfirmed', 'failed', 'unknown', 'rehearsed')
    )
    ORDER BY begun.sequence";

pub(super) const READ_LINK: &str =
    "SELECT person, entra, account, how, linked_at, expires_at FROM links WHERE person = $1";

pub(super) const READ_LINKS: &str =
    "SELECT person, entra, account, how, linked_at, expires_at FROM links ORDER BY person";

pub(super) const PUT_LINK: &str = "
    INSERT INTO links (person, entra, account, how, linked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (person) DO UPDATE SET entra = excluded.entra, account = excluded.account, how = excluded.how,
        linked_at = excluded.linked_at, expires_at = excluded.expires_at";

pub(super) const DROP_LINK: &str = "DELETE FROM links WHERE person = $1";

pub(super) const DROP_DEAD_LINKS: &str = "DELETE FROM links WHERE expires_at < $1";

pub(super) const BEGIN_SIGN_IN: &str = "
    INSERT INTO sign_ins (person, ticket, content, expires_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person) DO UPDATE SET ticket = excluded.ticket, state = NULL, code = NULL, tries = 0,
        content = excluded.content, expires_at = excluded.expires_at";

pub(super) const READ_SIGN_IN: &str = "SELECT person, content FROM sign_ins WHERE ticket = $1 AND expires_at > $2";

pub(super) const OPEN_SIGN_IN: &str = "
    UPDATE sign_ins SET ticket = NULL, state = $2, content = $3, expires_at = $5
    WHERE ticket = $1 AND expires_at > $4";

pub(super) const RETURN_SIGN_IN: &str =
    "UPDATE sign_ins SET state = NULL WHERE state = $1 AND expires_at > $2 RETURNING person, content";

pub(super) const PROVE_SIGN_IN: &str = "
    UPDATE sign_ins SET code = $2, tries = 0, content = $3, expires_at = $4
    WHERE person = $1 AND ticket IS NULL AND state IS NULL AND code IS NULL";

pub(super) const TRY_CODE: &str = "
    UPDATE sign_ins SET tries = tries + 1
    WHERE person = $1 AND code IS NOT NULL AND tries < $2 AND expires_at > $3
    RETURNING code, tries, content";

pub(super) const DROP_SIGN_IN: &str = "DELETE FROM sign_ins WHERE person = $1";

pub(super) const DROP_SIGN_INS: &str = "DELETE FROM sign_ins WHERE expires_at < $1";

/// `body` is JSON; a change that is not known to have failed counts.
pub(super) const TIMES_DONE: &str = "
    SELECT count(DISTINCT operation) FROM audit
    WHERE event IN ('succeeded', 'unconfirmed', 'unknown')
        AND body ->> '$.action' = $1 AND body ->> '$.target' = $2";

pub(super) const FREEZE: &str =
    "INSERT INTO freeze (id, since, who, reason) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING";

pub(super) const THAW: &str = "DELETE FROM freeze WHERE id = 1";

pub(super) const FROZEN: &str = "SELECT since, who, reason FROM freeze WHERE id = 1";

pub(super) const BEGIN_RUN: &str =
    "INSERT INTO runs (operation, at, administrator, action, target) VALUES ($1, $2, $3, $4, $5)";

pub(super) const NEED_NOT_COOL: &str = "UPDATE runs SET target = '' WHERE operation = $1";

pub(super) const LAST_RUN_ON: &str = "SELECT max(at) FROM runs WHERE target = $1 AND action = $2 AND at > $3";

pub(super) const NTH_RUN: &str = "
    SELECT at FROM runs WHERE ($1 = '' OR administrator = $1) AND at > $2 ORDER BY at DESC LIMIT 1 OFFSET $3";

pub(super) const DROP_RUNS: &str = "DELETE FROM runs WHERE at < $1";

pub(super) const READ_OPERATION: &str = "
    SELECT sequence, event, operation, body, previous, hash FROM audit WHERE operation = $1 ORDER BY sequence";

pub(super) const OWE_NOTICE: &str = "INSERT INTO notices (operation, content) VALUES ($1, $2) ON CONFLICT DO NOTHING";

pub(super) const TAKE_NOTICE: &str = "UPDATE notices SET in_hand = 1 WHERE operation = $1 AND in_hand = 0";

pub(super) const DROP_NOTICE: &str = "DELETE FROM notices WHERE operation = $1";

pub(super) const READ_NOTICES: &str = "SELECT operation, content, in_hand FROM notices ORDER BY operation";

/// Also counts what nobody could be asked: whoever makes it fail does not get more tries.
pub(super) const PROOFS_LATELY: &str =
    "SELECT count(*) FROM proofs WHERE ($1 = '' OR target = $1 OR target = $1 || '/void') AND asked_at > $2";

pub(super) const BEGIN_PROOF: &str = "
    INSERT INTO proofs (request, target, how, state, content, code, asked_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";

pub(super) const READ_PROOF: &str =
    "SELECT how, state, content, code, expires_at FROM proofs WHERE request = $1 AND target = $2";

pub(super) const VOID_PROOF: &str = "
    UPDATE OR REPLACE proofs SET target = target || '/void', code = NULL, expires_at = asked_at
    WHERE request = $1 AND target = $2 AND state = 'asked'";

pub(super) const ANSWER_PROOF: &str = "
    UPDATE proofs SET state = $3, expires_at = $4, code = NULL
    WHERE request = $1 AND target = $2 AND state = 'asked' AND expires_at > $5";

pub(super) const TRY_PROOF: &str = "
    UPDATE proofs SET tries = tries + 1
    WHERE request = $1 AND target = $2 AND state = 'asked' AND code IS NOT NULL AND tries < $3 AND expires_at > $4
    RETURNING code, tries";

pub(super) const DROP_PROOFS: &str = "DELETE FROM proofs WHERE expires_at < $1";
