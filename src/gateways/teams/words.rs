//! The few sentences that the gateway says by itself, while the assistant has not spoken yet or has nothing to add.

/// What the gateway says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// An answer takes longer than Teams waits.
    OnIt,
    /// A click was taken, and there is nothing more to say.
    Noted,
    /// There is no room for another click now.
    Busy,
    /// What is written on the button that shows a new password.
    ShowSecret,
    /// A new password was shown, or has waited too long.
    SecretGone,
    /// The title of a dialog.
    Title,
    /// What is written on the button that leads from a view without buttons to the card under it.
    Back,
    /// The card under a view is not known any more.
    BackByItself,
}

impl Words {
    /// The words in the language that Teams reports for the person; English where we have no other.
    pub fn said(self, locale: Option<&str>) -> &'static str {
        let greek = locale.is_some_and(|locale| locale.to_lowercase().split('-').next() == Some("el"));
        match (self, greek) {
            (Self::OnIt, false) => "I'm on it. It takes a little longer, so I'll write to you in our own chat.",
            (Self::OnIt, true) => "Το κοιτάζω. Θα πάρει λίγο παραπάνω, οπότε θα σας γράψω στη δική μας συνομιλία.",
            (Self::Noted, false) => "Got it.",
            (Self::Noted, true) => "Ελήφθη.",
            (Self::Busy, false) => "I'm very busy right now. Please press it again in a minute.",
            (Self::Busy, true) => "Αυτή τη στιγμή έχω πολλή δουλειά. Πατήστε το ξανά σε ένα λεπτό.",
            (Self::ShowSecret, false) => "Show it now",
            (Self::ShowSecret, true) => "Εμφάνιση τώρα",
            (Self::SecretGone, false) => {
                "It has been shown already or has waited too long, and I don't keep it. Set a new one from the request's card."
            }
            (Self::SecretGone, true) => {
                "Έχει ήδη εμφανιστεί ή περίμενε πάρα πολύ, και δεν το κρατάω. Ορίστε νέο από την κάρτα του αιτήματος."
            }
            (Self::Title, _) => "Latchkey",
            (Self::Back, false) => "Back to the card",
            (Self::Back, true) => "Πίσω στην κάρτα",
            (Self::BackByItself, false) => "Leave this conversation and come back: you'll see the card again.",
            (Self::BackByItself, true) => "Βγείτε από τη συνομιλία και ξαναμπείτε: θα δείτε πάλι την κάρτα.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greek_is_told_by_its_tag() {
        assert_eq!(Words::Noted.said(Some("el-GR")), "Ελήφθη.");
        assert_eq!(Words::Noted.said(Some("EL")), "Ελήφθη.");
        assert_eq!(Words::Noted.said(Some("elx")), "Got it.");
        assert_eq!(Words::Noted.said(None), "Got it.");
    }
}
