// What the page itself says, in English and Greek, and how it writes times. What the bot says comes from the server.

const WORDS = {
  en: {
    title: "Latchkey · playground",
    tagline: "Microsoft 365 lockouts, answered and fixed in chat",
    practice: "Practice tenant: nothing here is real.",
    practiceMore: "It all lives in a simulator on this machine.",
    skip: "Skip to the message box",
    language: "Language of the page",
    youAre: "Who are you?",
    people: "People",
    administrators: "Administrators",
    administrator: "Administrator",
    panes: "Parts of the page",
    chat: "Chat",
    tenant: "Tenant",
    unread: (n) => `${n} new`,
    direct: "Direct message",
    conversations: "Conversations",
    supportHint: "A shared channel. Latchkey listens, and speaks up only when it is sure. Mention it and it always answers.",
    mention: "Mention Latchkey",
    placeholderDirect: "Write to Latchkey…",
    placeholderSupport: "Write in #support…",
    placeholderAdmins: "Write to Latchkey here…",
    message: "Message",
    send: "Send",
    try: "Try saying",
    chatEmpty: (name) => `You are ${name}`,
    chatEmptyHint: "Say what is wrong in your own words: in English, in Greek, or in Greeklish.",
    supportEmpty: "Nobody has said anything yet",
    supportEmptyHint: "Ask for help, or talk about lunch: Latchkey should answer the first and stay out of the second.",
    adminsEmpty: "No requests yet",
    adminsEmptyHint: "When somebody asks for an administrator, the request appears here, with the account’s state and the buttons that fit.",
    viewAs: "Viewing as",
    viewStranger: "To see a refusal",
    strangerHint: (name) => `${name} is not an administrator. Press a button and see what happens.`,
    logChat: (name) => `Conversation of ${name} with Latchkey`,
    logSupport: "Conversation in the support channel",
    logAdmins: "Conversation of the administrators",
    you: "You",
    private: "Only you see this",
    writing: "Latchkey is writing…",
    newest: "To the newest message",
    secretOnce: "Shown once, to you alone. Copy it now: it is kept nowhere.",
    copy: "Copy",
    copied: "Copied",
    hide: "Hide",
    hidden: "Hidden. It can’t be shown again.",
    lost: "The connection was lost. Trying again…",
    retryNow: "Try now",
    sendFailed: "That did not get through. Your words are still in the box: send them again.",
    clickFailed: "That did not get through. Press the button again.",
    refused: (why) => `The server did not take it: ${why}`,
    loadFailed: "The demo does not answer. Trying again…",
    tenantTitle: "What is true in the tenant",
    tenantSub: "Live",
    accountOf: (name) => `Account of ${name}`,
    others: "All accounts",
    noAccount: "This person has no account in the tenant.",
    sending: "Sending mail",
    sendingOk: "Works",
    sendingRestricted: "Restricted",
    reason: { volume: "too many messages", spam: "outgoing spam", other: "by Microsoft 365" },
    signIn: "Sign-in",
    signInOk: "Allowed",
    signInBlocked: "Blocked",
    password: "Password changed",
    sessions: "Sessions valid from",
    never: "Never",
    synced: "Synced from on-premises",
    federated: "Federated",
    allWell: "All well",
    nowSends: (name) => `${name} can send mail again`,
    nowRestricted: (name) => `${name} can no longer send mail`,
    nowSignsIn: (name) => `${name} may sign in`,
    nowBlocked: (name) => `${name} may not sign in`,
    auditTitle: "Audit trail",
    auditSub: "Each record seals the one before",
    auditEmpty: "Nothing recorded yet. Every request, refusal and change leaves a record here.",
    whole: (n) => (n === 1 ? "Whole · 1 record" : `Whole · ${n} records`),
    broken: (n, why) => `Broken at record ${n}: ${why}`,
    head: "Newest hash",
    by: "by",
    event: {
      requested: "Requested", refused: "Refused", started: "Started", succeeded: "Succeeded",
      unconfirmed: "Not confirmed yet", failed: "Failed", unknown: "Outcome unknown", closed: "Closed",
      proposed: "Waits for a second person", rejected: "Rejected", rehearsed: "Rehearsed", voided: "Made worthless",
      "proof-asked": "Proof asked for", proved: "Proved", disproved: "Not proved",
      notified: "Owner told", "not-notified": "Owner not told",
      frozen: "All actions stopped", thawed: "Actions run again", archived: "Archived", linked: "Linked", unlinked: "Unlinked",
    },
    action: {
      "look-up": "Look up", "unblock-sender": "Unblock sending", "reset-password": "Reset password",
      "allow-sign-in": "Allow sign-in", "block-sign-in": "Block sign-in", "revoke-sessions": "Sign out everywhere",
      "temporary-access-pass": "Temporary Access Pass", "reset-mfa": "Require MFA registration again",
      "disable-rules": "Switch off inbox rules", "enable-rules": "Switch inbox rules on again",
      "clear-forwarding": "End mail forwarding", "revoke-consents": "Revoke applications' access",
      "dismiss-risk": "Dismiss the risk", "confirm-compromised": "Confirm as compromised",
    },
    justNow: "just now",
    loading: "Loading…",
  },
  el: {
    title: "Latchkey · δοκιμαστήριο",
    tagline: "Λύσεις για κλειδωμένους λογαριασμούς Microsoft 365, μέσα στη συνομιλία",
    practice: "Δοκιμαστικό περιβάλλον: τίποτα δεν είναι αληθινό.",
    practiceMore: "Όλα ζουν σε προσομοιωτή.",
    skip: "Μετάβαση στο πλαίσιο μηνύματος",
    language: "Γλώσσα της σελίδας",
    youAre: "Ποιος είστε;",
    people: "Χρήστες",
    administrators: "Διαχειριστές",
    administrator: "Διαχειριστής",
    panes: "Μέρη της σελίδας",
    chat: "Συνομιλία",
    tenant: "Κατάσταση",
    unread: (n) => (n === 1 ? "1 νέο" : `${n} νέα`),
    direct: "Προσωπικό μήνυμα",
    conversations: "Συνομιλίες",
    supportHint: "Κοινό κανάλι. Το Latchkey ακούει και μιλά μόνο όταν είναι βέβαιο. Αν το αναφέρετε, απαντά πάντα.",
    mention: "Αναφορά στο Latchkey",
    placeholderDirect: "Γράψτε στο Latchkey…",
    placeholderSupport: "Γράψτε στο #support…",
    placeholderAdmins: "Γράψτε στο Latchkey εδώ…",
    message: "Μήνυμα",
    send: "Αποστολή",
    try: "Δοκιμάστε",
    chatEmpty: (name) => `Μιλάτε ως ${name}`,
    chatEmptyHint: "Πείτε τι δεν πάει καλά με δικά σας λόγια: στα ελληνικά, στα αγγλικά ή σε greeklish.",
    supportEmpty: "Δεν έχει γράψει κανείς ακόμη",
    supportEmptyHint: "Ζητήστε βοήθεια ή μιλήστε για το μεσημεριανό: το Latchkey οφείλει να απαντήσει στο πρώτο και να σωπάσει στο δεύτερο.",
    adminsEmpty: "Κανένα αίτημα ακόμη",
    adminsEmptyHint: "Όταν κάποιος ζητήσει διαχειριστή, το αίτημα εμφανίζεται εδώ, με την κατάσταση του λογαριασμού και τα κατάλληλα κουμπιά.",
    viewAs: "Προβολή ως",
    viewStranger: "Για να δείτε μια άρνηση",
    strangerHint: (name) => `Προβολή ως ${name}, χωρίς δικαιώματα διαχειριστή. Πατήστε ένα κουμπί και δείτε τι γίνεται.`,
    logChat: (name) => `Συνομιλία με το Latchkey: ${name}`,
    logSupport: "Συνομιλία στο κανάλι υποστήριξης",
    logAdmins: "Συνομιλία των διαχειριστών",
    you: "Εσείς",
    private: "Το βλέπετε μόνο εσείς",
    writing: "Το Latchkey γράφει…",
    newest: "Στο πιο πρόσφατο μήνυμα",
    secretOnce: "Εμφανίζεται μία φορά, μόνο σε εσάς. Αντιγράψτε το τώρα: δεν φυλάσσεται πουθενά.",
    copy: "Αντιγραφή",
    copied: "Αντιγράφηκε",
    hide: "Απόκρυψη",
    hidden: "Κρύφτηκε. Δεν μπορεί να εμφανιστεί ξανά.",
    lost: "Χάθηκε η επαφή με το δοκιμαστήριο. Γίνεται νέα προσπάθεια…",
    retryNow: "Δοκιμή τώρα",
    sendFailed: "Το μήνυμα δεν στάλθηκε. Το κείμενο είναι ακόμη στο πλαίσιο: στείλτε το ξανά.",
    clickFailed: "Το πάτημα δεν έφτασε. Πατήστε ξανά το κουμπί.",
    refused: (why) => `Ο διακομιστής δεν το δέχτηκε: ${why}`,
    loadFailed: "Το δοκιμαστήριο δεν απαντά. Γίνεται νέα προσπάθεια…",
    tenantTitle: "Τι ισχύει πραγματικά",
    tenantSub: "Ζωντανά",
    accountOf: (name) => `Λογαριασμός: ${name}`,
    others: "Όλοι οι λογαριασμοί",
    noAccount: "Αυτό το άτομο δεν έχει λογαριασμό εδώ.",
    sending: "Αποστολή email",
    sendingOk: "Λειτουργεί",
    sendingRestricted: "Σε περιορισμό",
    reason: { volume: "πάρα πολλά μηνύματα", spam: "εξερχόμενη ανεπιθύμητη αλληλογραφία", other: "από το Microsoft 365" },
    signIn: "Σύνδεση",
    signInOk: "Επιτρέπεται",
    signInBlocked: "Έχει αποκλειστεί",
    password: "Αλλαγή κωδικού",
    sessions: "Συνεδρίες έγκυρες από",
    never: "Ποτέ",
    synced: "Συγχρονίζεται από το τοπικό Active Directory",
    federated: "Ομόσπονδος",
    allWell: "Όλα καλά",
    nowSends: (name) => `${name}: η αποστολή email λειτουργεί ξανά`,
    nowRestricted: (name) => `${name}: η αποστολή email περιορίστηκε`,
    nowSignsIn: (name) => `${name}: η σύνδεση επιτρέπεται`,
    nowBlocked: (name) => `${name}: η σύνδεση αποκλείστηκε`,
    auditTitle: "Ίχνος ελέγχου",
    auditSub: "Κάθε εγγραφή σφραγίζει την προηγούμενη",
    auditEmpty: "Καμία εγγραφή ακόμη. Κάθε αίτημα, άρνηση και αλλαγή αφήνει εδώ μια εγγραφή.",
    whole: (n) => (n === 1 ? "Ακέραιο · 1 εγγραφή" : `Ακέραιο · ${n} εγγραφές`),
    broken: (n, why) => `Σπασμένο στην εγγραφή ${n}: ${why}`,
    head: "Τελευταίο hash",
    by: "από",
    event: {
      requested: "Αίτημα", refused: "Άρνηση", started: "Έναρξη", succeeded: "Επιτυχία",
      unconfirmed: "Δεν επιβεβαιώθηκε ακόμη", failed: "Αποτυχία", unknown: "Άγνωστη έκβαση", closed: "Κλείσιμο",
      proposed: "Περιμένει δεύτερο άτομο", rejected: "Απόρριψη", rehearsed: "Δοκιμή", voided: "Αχρηστεύτηκε",
      "proof-asked": "Ζητήθηκε απόδειξη", proved: "Αποδείχθηκε", disproved: "Δεν αποδείχθηκε",
      notified: "Ενημερώθηκε ο κάτοχος", "not-notified": "Δεν ενημερώθηκε ο κάτοχος",
      frozen: "Διακοπή ενεργειών", thawed: "Συνέχιση ενεργειών", archived: "Αρχειοθέτηση", linked: "Σύνδεση λογαριασμού", unlinked: "Αποσύνδεση λογαριασμού",
    },
    action: {
      "look-up": "Έλεγχος λογαριασμού", "unblock-sender": "Άρση περιορισμού αποστολής", "reset-password": "Επαναφορά κωδικού πρόσβασης",
      "allow-sign-in": "Ενεργοποίηση σύνδεσης", "block-sign-in": "Αποκλεισμός σύνδεσης", "revoke-sessions": "Αποσύνδεση από παντού",
      "temporary-access-pass": "Προσωρινός κωδικός εισόδου (TAP)", "reset-mfa": "Νέα εγγραφή μεθόδων MFA",
      "disable-rules": "Απενεργοποίηση κανόνων", "enable-rules": "Επανενεργοποίηση κανόνων",
      "clear-forwarding": "Διακοπή προώθησης email", "revoke-consents": "Ανάκληση πρόσβασης εφαρμογών",
      "dismiss-risk": "Απόρριψη κινδύνου", "confirm-compromised": "Επιβεβαίωση παραβίασης",
    },
    justNow: "μόλις τώρα",
    loading: "Φόρτωση…",
  },
};

const KEY = "latchkey.language";
let current = remembered() ?? (navigator.language.toLowerCase().startsWith("el") ? "el" : "en");

function remembered() {
  try {
    const kept = localStorage.getItem(KEY);
    return kept in WORDS ? kept : null;
  } catch {
    return null; // Storage may be switched off; the page works without it.
  }
}

/** The page's language, `en` or `el`. */
export const language = () => current;

/** Chooses the page's language and remembers it. */
export function speak(lang) {
  current = lang;
  try {
    localStorage.setItem(KEY, lang);
  } catch {
    // Not remembered, then.
  }
}

/** The words under `key`, filled with `values` where they take some. */
export function t(key, ...values) {
  const entry = WORDS[current][key];
  return typeof entry === "function" ? entry(...values) : entry;
}

/** The word for `name` in a group such as `event`; the name itself where there is none. */
export const named = (group, name) => WORDS[current][group][name] ?? name;

/** Writes the words into every element that asks for them with `data-t` (text) or `data-t-label` (its accessible name). */
export function fillWords(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
}

/** The time of day, as a clock shows it. */
export const clock = (iso) => new Intl.DateTimeFormat(current, { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(iso));

/** How long ago, in words; a date once it is long ago. */
export function ago(iso) {
  const then = new Date(iso);
  const minutes = Math.round((Date.now() - then.getTime()) / 60000);
  if (minutes < 1) return t("justNow");
  const relative = new Intl.RelativeTimeFormat(current, { style: "short" });
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 24 * 60) return relative.format(-Math.round(minutes / 60), "hour");
  return new Intl.DateTimeFormat(current, { day: "numeric", month: "short", year: "numeric" }).format(then);
}
