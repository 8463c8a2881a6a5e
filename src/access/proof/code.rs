//! A code for whoever asked, sent to an address that the directory knew already: made, kept as a keyed hash alone, and
//! tried a few times.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::Duration;
use zeroize::Zeroizing;

use super::{HOLDS, NoWay, Petition, ProvedBy, Unproved};
use crate::access::{Access, World};
use crate::store::audit::Entry;
use crate::store::proofs::{Matter, ProofState};
use crate::store::{Claim, StoreError};

/// How long a code counts. NIST SP 800-63B allows less than a day for mail; somebody who waits in a chat needs minutes.
pub const CODE_WITHIN: Duration = Duration::minutes(10);
/// How often a code can be tried.
const MOST_TRIES: i64 = 5;
/// The digits of a code (NIST SP 800-63B wants six at least).
const DIGITS: usize = 8;

/// A code on its way to an address.
pub struct Code {
    /// The address.
    pub to: String,
    /// The digits. To be sent there, and nowhere else.
    pub digits: Zeroizing<String>,
    hash: String,
}

/// What became of a code that somebody typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// It was this one: the owner is proved to be behind the request.
    Right,
    /// It was another one.
    Wrong {
        /// How often it can be tried still.
        left: i64,
    },
    /// There is none to be tried: it was used, its time is over, it was tried too often, or the process that made it
    /// has ended.
    Nothing,
}

/// The key of the codes' hashes. It lives as long as the process, and nowhere else: whoever reads the store can't try all
/// codes against what lies there.
#[derive(Clone)]
pub(in crate::access) struct Pepper {
    key: Arc<hmac::Key>,
    /// Tells the hashes of this key from those of another.
    name: Arc<str>,
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper([redacted])")
    }
}

impl Pepper {
    /// A new one.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness: there is no safe way on.
    pub(in crate::access) fn new() -> Self {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut()).expect("the operating system gives randomness");
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_ref());
        let name = URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"name"));
        Self {
            key: Arc::new(key),
            name: name.into(),
        }
    }

    /// What is kept of a code: bound to the request and the account, so that it opens no other.
    fn hash(&self, matter: Matter<'_>, digits: &str) -> String {
        let text = Zeroizing::new(format!("{}\n{}\n{digits}", matter.request, matter.target));
        let hash = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, text.as_bytes()));
        format!("{}.{hash}", self.name)
    }

    /// Whether this hash was made with this key.
    fn made(&self, hash: &str) -> bool {
        hash.split_once('.').is_some_and(|(name, _)| name == &*self.name)
    }
}

impl Access {
    /// A new code for this, and the address that it goes to: one that is registered for proving who one is, else
    /// another that the directory knows. Never one of the account's own, and never one that was named in a chat.
    pub async fn code(&self, world: &World<'_>, unproved: &Unproved, petition: &Petition<'_>) -> Result<Code, NoWay> {
        let account = &unproved.target.account;
        let elsewhere = |address: &String| {
            let address = address.trim().to_lowercase();
            address.contains('@') && address != account.upn.to_lowercase() && !account.addresses.contains(&address)
        };
        let registered = world
            .tenant
            .registered_mail(&account.id)
            .await
            .map_err(NoWay::CannotTell)?;
        let to = match registered.into_iter().find(elsewhere) {
            Some(address) => address,
            None => {
                let contact = world.tenant.contact(&account.id).await.map_err(NoWay::CannotTell)?;
                contact
                    .other_mails
                    .into_iter()
                    .find(elsewhere)
                    .ok_or(NoWay::NoAddress)?
            }
        };
        let digits = digits();
        let hash = self.pepper.hash(petition.matter, &digits);
        Ok(Code { to, digits, hash })
    }

    /// Begins to wait for a code. To be called before it is sent; `masked` is what may be shown of the address.
    pub async fn await_code(
        &self,
        world: &World<'_>,
        (petition, code): (&Petition<'_>, &Code),
        masked: &str,
        entry: &Entry,
    ) -> Result<Result<(), NoWay>, StoreError> {
        let by = ProvedBy::Code { to: masked.to_owned() };
        let hash = Some(code.hash.clone());
        self.begin(world, (petition.matter, &by), (hash, CODE_WITHIN), entry)
            .await
    }

    /// Tries a code that somebody typed. A right one proves the request, once.
    pub async fn typed(
        &self,
        world: &World<'_>,
        (matter, typed): (Matter<'_>, &str),
        entry: &Entry,
    ) -> Result<Typed, StoreError> {
        let digits: Zeroizing<String> = Zeroizing::new(typed.chars().filter(char::is_ascii_digit).collect());
        let Some(trying) = world.store.try_proof(matter, (MOST_TRIES, world.now)).await? else {
            return Ok(Typed::Nothing);
        };
        if !self.pepper.made(&trying.code) {
            return Ok(Typed::Nothing);
        }
        let hash = self.pepper.hash(matter, &digits);
        if constant_time::verify_slices_are_equal(hash.as_bytes(), trying.code.as_bytes()).is_err() {
            return Ok(Typed::Wrong { left: trying.left });
        }
        let to = (ProofState::Proved, world.now + HOLDS);
        let proved = world.store.answer_proof(matter, to, (None, world.now), entry).await?;
        Ok(match proved {
            Claim::Won => Typed::Right,
            Claim::Lost => Typed::Nothing,
        })
    }
}

/// As many digits as a code has, each as likely as the others.
fn digits() -> Zeroizing<String> {
    let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
    while digits.len() < DIGITS {
        let mut byte = [0_u8; 1];
        getrandom::fill(&mut byte).expect("the operating system gives randomness");
        // Each digit 25 times, the rest not at all.
        if byte[0] < 250 {
            digits.push(char::from(b'0' + byte[0] % 10));
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_long_different_and_bound_to_their_request() {
        let codes: std::collections::BTreeSet<String> = (0..200).map(|_| digits().to_string()).collect();
        assert!(codes.len() > 195);
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()))
        );
        let of = |request, target| Matter { request, target };
        let pepper = Pepper::new();
        let hash = pepper.hash(of("r1", "t1"), "12345678");
        assert_eq!(hash, pepper.hash(of("r1", "t1"), "12345678"));
        for other in [
            pepper.hash(of("r2", "t1"), "12345678"),
            pepper.hash(of("r1", "t2"), "12345678"),
            pepper.hash(of("r1", "t1"), "12345679"),
            Pepper::new().hash(of("r1", "t1"), "12345678"),
        ] {
            assert_ne!(hash, other);
        }
        assert!(!hash.contains("12345678"));
        assert_eq!(format!("{pepper:?}"), "Pepper([redacted])");
    }
}
