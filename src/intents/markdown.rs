//! What is said about a scenario: `<lang>.md` → [`Block`]s, with the line of everything that a chat can't show.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::Fault;
use super::toml_file::line_of;
use crate::chat::{Block, Span, Text};

/// A parsed file.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The heading.
    pub title: String,
    /// For the person.
    pub person: Vec<Block>,
    /// For the administrator.
    pub administrator: Vec<Block>,
    /// Every address that is linked to, with its line.
    pub links: Vec<(String, usize)>,
}

/// Reads a page. The headings `person` and `administrator` are the same in every language.
pub(super) fn page(file: &str, text: &str, faults: &mut Vec<Fault>) -> Page {
    let mut reader = Reader {
        file,
        text,
        faults,
        page: Page::default(),
        part: Part::Before,
        list: None,
        spans: Vec::new(),
    };
    reader.read();
    let page = reader.page;
    let mut missing = |what: &str| {
        faults.push(Fault {
            file: file.to_owned(),
            line: 0,
            what: what.to_owned(),
        });
    };
    if page.title.is_empty() {
        missing("has no title; begin with `# …`");
    }
    if page.person.is_empty() {
        missing("says nothing to the person; write something under `## person`");
    }
    if page.administrator.is_empty() {
        missing("says nothing to the administrator; write something under `## administrator`");
    }
    page
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Before,
    Person,
    Administrator,
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    faults: &'a mut Vec<Fault>,
    page: Page,
    part: Part,
    /// The list that is being read: whether it is ordered, and its items.
    list: Option<(bool, Vec<Text>)>,
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq)]
enum Look {
    Plain,
    Strong,
    Link(String),
}

impl Reader<'_> {
    fn fault(&mut self, range: &Range<usize>, what: impl Into<String>) {
        let line = line_of(self.text, range.start);
        self.faults.push(Fault {
            file: self.file.to_owned(),
            line,
            what: what.into(),
        });
    }

    fn read(&mut self) {
        let mut look = Look::Plain;
        let mut heading = None;
        let mut quote = false;
        for (event, range) in Parser::new_ext(self.text, Options::empty()).into_offset_iter() {
            match event {
                Event::Start(tag) => match tag {
                    Tag::Heading { level, .. } => {
                        heading = Some(level);
                        self.spans.clear();
                        if !matches!(level, HeadingLevel::H1 | HeadingLevel::H2) {
                            self.fault(&range, "headings go two deep; use `**…**` here");
                        }
                    }
                    Tag::Paragraph if self.list.is_none() => self.spans.clear(),
                    Tag::Paragraph => {}
                    Tag::BlockQuote(_) => quote = true,
                    Tag::List(start) => {
                        if self.list.is_some() {
                            self.fault(&range, "a list inside a list can't be shown in chat; make it one list");
                        }
                        self.list = Some((start.is_some(), Vec::new()));
                    }
                    Tag::Item => self.spans.clear(),
                    Tag::Strong => look = Look::Strong,
                    Tag::Link { dest_url, .. } => {
                        let line = line_of(self.text, range.start);
                        self.page.links.push((dest_url.to_string(), line));
                        look = Look::Link(dest_url.to_string());
                    }
                    Tag::Emphasis => {
                        self.fault(&range, "use `**…**` for words that matter; there is no other emphasis")
                    }
                    Tag::CodeBlock(_) => {
                        self.fault(&range, "a block of code can't be shown; use `…` inside a sentence")
                    }
                    Tag::Image { .. } => self.fault(&range, "a picture can't be shown; say it in words"),
                    _ => self.fault(
                        &range,
                        "this can't be shown in chat; use paragraphs, lists, `> notes` and links",
                    ),
                },
                Event::End(tag) => match tag {
                    TagEnd::Heading(_) => self.heading(heading.take(), &range),
                    TagEnd::Paragraph if self.list.is_none() => {
                        let text = self.take();
                        self.push(
                            if quote {
                                Block::Note(text)
                            } else {
                                Block::Paragraph(text)
                            },
                            &range,
                        );
                    }
                    TagEnd::BlockQuote(_) => quote = false,
                    TagEnd::Item => {
                        let text = self.take();
                        if let Some((_, items)) = &mut self.list {
                            items.push(text);
                        }
                    }
                    TagEnd::List(_) => {
                        if let Some((ordered, items)) = self.list.take() {
                            self.push(
                                if ordered {
                                    Block::Steps(items)
                                } else {
                                    Block::Bullets(items)
                                },
                                &range,
                            );
                        }
                    }
                    TagEnd::Strong | TagEnd::Link => look = Look::Plain,
                    _ => {}
                },
                Event::Text(text) => self.word(&look, &text),
                Event::SoftBreak | Event::HardBreak => self.word(&look, " "),
                Event::Code(text) => self.spans.push(Span::Code(text.to_string())),
                Event::Html(_) | Event::InlineHtml(_) => {
                    self.fault(&range, "HTML can't be shown in chat; use Markdown")
                }
                _ => self.fault(
                    &range,
                    "this can't be shown in chat; use paragraphs, lists, `> notes` and links",
                ),
            }
        }
    }

    fn word(&mut self, look: &Look, words: &str) {
        match (look, self.spans.last_mut()) {
            (Look::Plain, Some(Span::Plain(text))) => text.push_str(words),
            (Look::Strong, Some(Span::Strong(text))) => text.push_str(words),
            (Look::Link(to), Some(Span::Link { text, url })) if to == url => text.push_str(words),
            (Look::Plain, _) => self.spans.push(Span::Plain(words.to_owned())),
            (Look::Strong, _) => self.spans.push(Span::Strong(words.to_owned())),
            (Look::Link(url), _) => self.spans.push(Span::Link {
                text: words.to_owned(),
                url: url.clone(),
            }),
        }
    }

    fn take(&mut self) -> Text {
        Text(std::mem::take(&mut self.spans))
    }

    fn heading(&mut self, level: Option<HeadingLevel>, range: &Range<usize>) {
        let words = self.take().words();
        match (level, words.trim()) {
            (Some(HeadingLevel::H1), title) if self.page.title.is_empty() => self.page.title = title.to_owned(),
            (Some(HeadingLevel::H1), _) => {
                self.fault(range, "a page has one title; use `## person` or `## administrator`")
            }
            (Some(HeadingLevel::H2), "person") => self.part = Part::Person,
            (Some(HeadingLevel::H2), "administrator") => self.part = Part::Administrator,
            (Some(HeadingLevel::H2), other) => {
                let what =
                    format!("`## {other}` is no section; use `## person` or `## administrator`, in every language");
                self.fault(range, what);
            }
            _ => {}
        }
    }

    fn push(&mut self, block: Block, range: &Range<usize>) {
        match self.part {
            Part::Before => self.fault(range, "this stands before the first section; move it under `## person`"),
            Part::Person => self.page.person.push(block),
            Part::Administrator => self.page.administrator.push(block),
        }
    }
}
