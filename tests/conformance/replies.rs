//! One canonical set of replies. Every gateway renders all of them into golden files, so that the same words can be
//! compared across platforms, and each platform's limits are met by the same hard cases.

use latchkey::chat::{AdministratorsView, Block, Button, Field, Look, Reply, Shows, Span, Text, TicketId};

/// Words that every platform would read as markup, a mention or a link if they were not escaped.
pub const HOSTILE: &str = "<!channel> <@U123> @everyone <at>Bot</at> *bold* _it_ ~no~ `code` **b** [link](https://example.gr/x) ||spoiler|| <https://example.gr|click> # title\n> quote\n- list &amp; <b>html</b> <t:0:R> :smile: \\*";

/// Letters that must not be cut apart: a family joined of four people, a flag, a letter with two marks, Greek.
pub const CLUSTERS: &str = "👩‍👩‍👧‍👦🇬🇷e\u{0301}\u{0323}ώς";

/// Every canonical reply with the name of its golden file.
pub fn all() -> Vec<(&'static str, Reply)> {
    vec![
        ("answer", answer()),
        ("clarify", clarify()),
        ("which-account", which_account()),
        ("admin-card", admin_card()),
        ("preview", preview()),
        ("outcome", outcome()),
        ("sentence", sentence()),
        ("too-long", too_long()),
        ("hostile", hostile()),
    ]
}

/// An answer in Greek: heading, steps with bold words, code and links, sources, a button, and another view for administrators.
pub fn answer() -> Reply {
    let mut reply = reply(
        "el",
        vec![
            Block::Heading(Text::plain("Δεν μπορείτε να στείλετε email")),
            Block::Paragraph(Text(vec![
                plain("Ο λογαριασμός μάλλον έχει "),
                strong("περιοριστεί"),
                plain(" λόγω εξερχόμενης αλληλογραφίας. Εξακολουθείτε να λαμβάνετε μηνύματα."),
            ])),
            Block::Steps(vec![
                Text(vec![
                    plain("Αλλάξτε τον κωδικό σας στο "),
                    link("aka.ms/sspr", "https://aka.ms/sspr"),
                    plain("."),
                ]),
                Text(vec![
                    plain("Ελέγξτε για τον κωδικό "),
                    code("550 5.1.8"),
                    plain(" στο μήνυμα που επέστρεψε."),
                ]),
                Text::plain("Ζητήστε από διαχειριστή να άρει τον αποκλεισμό: συνήθως 1 ώρα, το πολύ 24."),
            ]),
            Block::Note(Text(vec![
                plain("Πηγή: "),
                link(
                    "Unlocking an account",
                    "https://learn.microsoft.com/microsoft-365/admin?view=o365&x=1",
                ),
                plain(" (ελέγχθηκε 2026-11-22)"),
            ])),
        ],
    );
    reply.buttons = vec![button("Ζητήστε από διαχειριστή", Look::Primary, Shows::Privately)];
    reply.for_administrators = Some(AdministratorsView {
        ticket: ticket("view"),
        people: vec!["aaaaaaaa-0000-4000-8000-00000000000a".into()],
    });
    reply
}

/// A question with three choices.
pub fn clarify() -> Reply {
    let mut reply = reply(
        "en",
        vec![Block::Paragraph(Text::plain(
            "I want to give you the right steps. Which of these is happening?",
        ))],
    );
    reply.buttons = ["I can't send mail", "My account is locked", "I forgot my password"]
        .map(|label| button(label, Look::Ordinary, Shows::Openly))
        .into();
    reply
}

/// A question with a field.
pub fn which_account() -> Reply {
    let mut reply = reply(
        "en",
        vec![Block::Paragraph(Text::plain(
            "Which account is it? An administrator will see the address.",
        ))],
    );
    reply.field = Some(Field {
        name: "account".into(),
        label: "Address of the account".into(),
        hint: "maria@contoso.com".into(),
    });
    reply.buttons = vec![button("Send the request", Look::Primary, Shows::Privately)];
    reply
}

/// What administrators see: facts, findings, what could not be looked up, and six buttons.
pub fn admin_card() -> Reply {
    let mut reply = reply(
        "en",
        vec![
            Block::Heading(Text::plain("Request: can't send mail")),
            Block::Facts(vec![
                (
                    "Account".into(),
                    Text(vec![
                        plain("Maria Papadopoulou "),
                        code("maria.papadopoulou@contoso.com"),
                    ]),
                ),
                ("Asked by".into(), Text::plain("Maria Papadopoulou")),
                ("Sign-in".into(), Text::plain("allowed")),
            ]),
            Block::Bullets(vec![
                Text(vec![
                    strong("Restricted from sending"),
                    plain(" since 2026-11-21 08:12 UTC (volume limit)"),
                ]),
                Text::plain("Password last changed 214 days ago"),
            ]),
            Block::Note(Text::plain("Looked fine: sign-in, roles, forwarding, inbox rules")),
            Block::Note(Text::plain("Could not look at risk: the tenant has no P2 licence")),
        ],
    );
    reply.buttons = vec![
        button("Unblock sending", Look::Primary, Shows::Privately),
        button("Reset password", Look::Ordinary, Shows::Privately),
        button("Block sign-in", Look::Danger, Shows::Privately),
        button("Look again", Look::Ordinary, Shows::Openly),
        button("Show the steps", Look::Ordinary, Shows::Privately),
        button("Close", Look::Ordinary, Shows::Openly),
    ];
    reply
}

/// What an action would do, with Confirm and Cancel.
pub fn preview() -> Reply {
    let mut reply = reply(
        "en",
        vec![
            Block::Heading(Text::plain("Block sign-in")),
            Block::Paragraph(Text::plain(
                "Maria Papadopoulou (maria.papadopoulou@contoso.com) will not be able to sign in.",
            )),
            Block::Paragraph(Text::plain("It can take up to 24 hours to reach every service.")),
        ],
    );
    reply.buttons = vec![
        button("Confirm", Look::Danger, Shows::Openly),
        button("Cancel", Look::Ordinary, Shows::Openly),
    ];
    reply
}

/// What was done, without buttons.
pub fn outcome() -> Reply {
    reply(
        "en",
        vec![
            Block::Heading(Text::plain("Done: Unblock sending")),
            Block::Paragraph(Text::plain(
                "Ana Admin, for Maria Papadopoulou (maria.papadopoulou@contoso.com), 2026-11-22 09:30 UTC",
            )),
            Block::Paragraph(Text::plain("Sending usually works within 1 hour, at most 24.")),
        ],
    )
}

/// One plain sentence.
pub fn sentence() -> Reply {
    reply(
        "en",
        vec![Block::Paragraph(Text::plain(
            "This has been settled already. Nothing was done twice.",
        ))],
    )
}

/// Longer than any platform takes in one piece, in every kind of block, with clusters at every place where it could be
/// cut. Each paragraph, step, bullet and fact ends with its own number, so that a test can see that nothing is missing.
pub fn too_long() -> Reply {
    let long = |number: usize| Text::plain(format!("{} [{number}]", CLUSTERS.repeat(420)));
    let mut blocks = vec![Block::Heading(Text::plain(format!("{} [0]", CLUSTERS.repeat(40))))];
    blocks.push(Block::Steps((1..=12).map(long).collect()));
    blocks.push(Block::Bullets((13..=24).map(long).collect()));
    blocks.push(Block::Facts(
        (25..=54)
            .map(|number| (format!("Label {number}"), Text::plain(format!("value [{number}]"))))
            .collect(),
    ));
    blocks.extend((55..=120).map(|number| Block::Paragraph(Text::plain(format!("Paragraph [{number}]")))));
    blocks.push(Block::Note(long(121)));
    let mut reply = reply("el", blocks);
    reply.buttons = (0..6)
        .map(|number| {
            button(
                &format!("{number} {}", CLUSTERS.repeat(30)),
                Look::Ordinary,
                Shows::Openly,
            )
        })
        .collect();
    reply
}

/// The numbers that [`too_long`] ends its parts with.
pub fn too_long_numbers() -> std::ops::RangeInclusive<usize> {
    0..=121
}

/// Words of a stranger in every place that takes words.
pub fn hostile() -> Reply {
    let words = || {
        Text(vec![
            plain(HOSTILE),
            strong(HOSTILE),
            code(HOSTILE),
            link(HOSTILE, "https://example.gr/a?b=c&d=(e)|f>g"),
        ])
    };
    let mut reply = reply(
        "en",
        vec![
            Block::Heading(Text::plain(HOSTILE)),
            Block::Paragraph(words()),
            Block::Steps(vec![words()]),
            Block::Bullets(vec![words()]),
            Block::Facts(vec![(HOSTILE.into(), words())]),
            Block::Note(words()),
        ],
    );
    reply.buttons = vec![button(HOSTILE, Look::Ordinary, Shows::Openly)];
    reply
}

fn reply(language: &str, blocks: Vec<Block>) -> Reply {
    Reply {
        language: language.into(),
        blocks,
        ..Reply::default()
    }
}

fn button(label: &str, look: Look, shows: Shows) -> Button {
    Button {
        label: label.into(),
        look,
        ticket: ticket(label),
        shows,
    }
}

/// As long as a real one.
fn ticket(seed: &str) -> TicketId {
    let letters: String = seed.chars().filter(char::is_ascii_alphanumeric).collect();
    TicketId(format!("{letters:A<22}").chars().take(22).collect())
}

fn plain(words: &str) -> Span {
    Span::Plain(words.into())
}

fn strong(words: &str) -> Span {
    Span::Strong(words.into())
}

fn code(words: &str) -> Span {
    Span::Code(words.into())
}

fn link(text: &str, url: &str) -> Span {
    Span::Link {
        text: text.into(),
        url: url.into(),
    }
}
