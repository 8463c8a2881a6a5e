//! `[mail]`: the mailbox from which people are told what was done to their account.

use super::SettingsFault;
use super::access::AccessSettings;
use super::proof::RequesterProof;
use super::reader::Section;
use super::shape::{Key, Shape};
use super::source::Source;

pub(super) const SHAPE: Shape = Shape {
    name: "mail",
    keys: &[Key::text("service_mailbox")],
};

/// Longer than any address (RFC 5321: 64 + 1 + 255).
const LONGEST: usize = 320;

/// `[mail]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailSettings {
    /// `service_mailbox`: a mailbox of the tenant; nobody is told anything by mail without one.
    pub service_mailbox: Option<String>,
}

pub(super) fn read(mut section: Section<'_>) -> Option<MailSettings> {
    let Some(found) = section.text("service_mailbox") else {
        // What can't be read was reported.
        return (!section.is_set("service_mailbox")).then(MailSettings::default);
    };
    if is_address(&found.value) {
        return Some(MailSettings {
            service_mailbox: Some(found.value),
        });
    }
    section.fault(
        &found.place,
        "`mail.service_mailbox` is no address: write the mailbox's, such as helpdesk@contoso.com",
    );
    None
}

/// Whether there is a mailbox where one is needed.
pub(super) fn serves(
    mail: &MailSettings,
    access: Option<&AccessSettings>,
    source: &Source,
    faults: &mut Vec<SettingsFault>,
) -> bool {
    let wanted = access.is_some_and(|access| access.requester_proof == RequesterProof::Code);
    if wanted && mail.service_mailbox.is_none() {
        let mut section = Section::new("access", source, faults);
        let place = section.place("requester_proof");
        section.fault(
            &place,
            "`access.requester_proof` is \"code\", and there is no mailbox to send codes from: set `service_mailbox` under [mail]",
        );
        return false;
    }
    true
}

fn is_address(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '\'');
    match text.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && local.chars().all(plain)
                && domain.contains('.')
                && domain
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
                && text.len() <= LONGEST
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_an_address() {
        assert!(is_address("help.desk@contoso.com"));
        for bad in [
            "",
            "Help Desk",
            "helpdesk",
            "@contoso.com",
            "a@b",
            "a@b.c/users",
            "a b@contoso.com",
            "a@b@c.d",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
