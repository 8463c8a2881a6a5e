//! `requester_proof` of `[access]`: what must show that the owner of an account is behind a request.

use super::reader::{Found, Section};
use super::shape;

/// What must show that the owner of an account is behind a request, before anything that gives somebody access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RequesterProof {
    /// `approval`: the two administrators see to it.
    #[default]
    Approval,
    /// `manager`: the owner's manager in the directory confirms it as well.
    Manager,
    /// `code`: whoever asked types a code as well that was sent to an address which the directory knows.
    Code,
}

/// Each with its name.
const REQUESTER_PROOFS: [(&str, RequesterProof); 3] = [
    ("approval", RequesterProof::Approval),
    ("manager", RequesterProof::Manager),
    ("code", RequesterProof::Code),
];

/// A word that is none of them must not be taken for the weakest.
pub(super) fn read(section: &mut Section<'_>) -> Option<RequesterProof> {
    let Some(Found { value, place }) = section.text("requester_proof") else {
        return (!section.is_set("requester_proof")).then(RequesterProof::default);
    };
    let found = REQUESTER_PROOFS.iter().find(|(name, _)| *name == value);
    if found.is_none() {
        let known = shape::suggestion(&value, REQUESTER_PROOFS.iter().map(|(name, _)| *name));
        section.fault(&place, format!("`access.requester_proof` names no proof: {known}"));
    }
    found.map(|(_, proof)| *proof)
}
