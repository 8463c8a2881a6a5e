// What goes over the wire: the world, the live feed of each person that is looked on as, messages and clicks.

const HEADERS = { "content-type": "application/json", "x-latchkey": "1" };
const FIRST_WAIT = 400;
const LONGEST_WAIT = 8000;

/** The server answered, and said no. */
export class Refusal extends Error {}

/** Who is in the demo. */
export async function world() {
  const answer = await fetch("/api/world");
  if (!answer.ok) throw new Refusal(`HTTP ${answer.status}`);
  return answer.json();
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
  if (answer.ok) return;
  const said = await answer.json().catch(() => ({}));
  throw new Refusal(said.error ?? `HTTP ${answer.status}`);
}

// One at a time, so that what was typed first arrives first.
let last = Promise.resolve();
function inOrder(job) {
  const mine = last.then(job);
  last = mine.catch(() => {});
  return mine;
}

/** Says something. `event` names the delivery: sending the same one again can't say it twice. */
export const sendMessage = (body) => inOrder(() => post("/api/messages", body));

/** Presses a button. */
export const sendClick = (body) => inOrder(() => post("/api/clicks", body));

/** A name for one delivery. */
export const newEvent = () => crypto.randomUUID();

/** What one person can see, kept up to date. Calls what `on` holds: `changed`, `secret`, `replayed`, `state`, `audit`, `health`. */
class Feed {
  constructor(person, on) {
    this.person = person;
    this.on = on;
    this.conversations = new Map();
    this.ready = false;
    this.healthy = true;
    this.wait = FIRST_WAIT;
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    this.source?.close();
    // The server replays everything first; it is collected apart so that nothing flickers and nothing stays twice.
    this.replay = new Map();
    this.source = new EventSource(`/api/events?as=${encodeURIComponent(this.person)}`);
    this.source.onmessage = (event) => this.take(JSON.parse(event.data));
    this.source.onerror = () => this.lost();
  }

  lost() {
    this.source.close();
    this.healthy = false;
    this.timer = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    this.on.health();
  }

  retryNow() {
    if (this.timer) this.connect();
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }

  take(event) {
    if (event.type === "state") return this.on.state(event.accounts);
    if (event.type === "audit") return this.on.audit(event.records, event.verdict);
    if (event.type === "ready") return this.settle();
    if (event.type !== "message" && event.type !== "replaced") return undefined;
    const into = this.replay ?? this.conversations;
    const { conversation, message: { secret, ...message } } = event;
    if (secret) this.on.secret(this.person, message, secret);
    if (!into.has(conversation)) into.set(conversation, new Map());
    into.get(conversation).set(message.id, message);
    if (!this.replay) this.on.changed(this.person, conversation, message);
    return undefined;
  }

  settle() {
    this.conversations = this.replay ?? this.conversations;
    this.replay = null;
    this.ready = true;
    this.healthy = true;
    this.wait = FIRST_WAIT;
    this.on.replayed(this.person);
    this.on.health();
  }
}

/** The feeds that are open: one for each person looked on as, and no more, since a browser allows few connections. */
export class Feeds {
  constructor(on) {
    this.on = on;
    this.open = new Map();
    addEventListener("online", () => this.retryNow());
  }

  watch(people) {
    const wanted = new Set(people);
    for (const [person, feed] of this.open) {
      if (wanted.has(person)) continue;
      feed.close();
      this.open.delete(person);
    }
    for (const person of wanted) if (!this.open.has(person)) this.open.set(person, new Feed(person, this.on));
  }

  messages(person, conversation) {
    return [...(this.open.get(person)?.conversations.get(conversation)?.values() ?? [])];
  }

  ready(person) {
    return this.open.get(person)?.ready ?? false;
  }

  get healthy() {
    return [...this.open.values()].every((feed) => feed.healthy);
  }

  retryNow() {
    for (const feed of this.open.values()) feed.retryNow();
  }
}
