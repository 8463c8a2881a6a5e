//! Who somebody in a chat is in Entra: what the platform vouches for or, where it vouches for nothing, the link that the
//! person has proved.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{How, Links};
use crate::access::{Access, Denial, members};
use crate::chat::{Person, Platform};
use crate::store::{Store, StoreError};

/// Beside the platform's roles while a link rests on a device code: like every role it narrows. No page of ours warns
/// whoever types such a code, so what is given to an Entra account alone is not given to whoever holds this.
pub(in crate::access) const BY_DEVICE_CODE: &str = "latchkey:linked-by-device-code";

/// Whether people must prove who they are in Entra before they may do anything as administrators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::access) enum Duty {
    /// On every platform that does not vouch for it.
    Required,
    /// Nowhere: the tenant is a practice one, and there is nobody to prove anything to.
    Waived,
}

/// Whether a platform itself vouches for its people's Entra accounts.
pub const fn vouches(platform: Platform) -> bool {
    match platform {
        Platform::Teams | Platform::Playground => true,
        Platform::Slack | Platform::Discord | Platform::Console => false,
    }
}

impl Access {
    /// The same policy for a practice tenant, in which nobody has to link an account.
    #[must_use]
    pub fn without_links(mut self) -> Self {
        self.duty = Duty::Waived;
        self
    }

    /// The same policy, with a way to prove who one is.
    #[must_use]
    pub fn with_links(mut self, links: Arc<Links>) -> Self {
        self.links = Some(links);
        self
    }

    /// How people prove who they are in Entra, where they can.
    pub fn links(&self) -> Option<&Arc<Links>> {
        self.links.as_ref()
    }

    /// The person with what is known of their Entra account now. To be asked once for each event, before anything is
    /// decided.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    pub async fn recognise(&self, store: &Store, person: Person, now: OffsetDateTime) -> Result<Person, StoreError> {
        let mut person = person;
        person.roles.remove(BY_DEVICE_CODE);
        members::forget(&mut person);
        if vouches(person.identity.platform) {
            return Ok(person);
        }
        // Whatever a gateway may have thought: these platforms prove nothing.
        person.entra = None;
        let Some(link) = store.link(&person.identity).await?.filter(|link| link.expires > now) else {
            return Ok(person);
        };
        let Some(how) = How::named(&link.how) else {
            return Ok(person);
        };
        if how == How::DeviceCode {
            person.roles.insert(BY_DEVICE_CODE.to_owned());
        }
        person.entra = Some(link.entra);
        if !link.account.is_empty() {
            person.account = Some(link.account);
        }
        Ok(person)
    }

    /// Whether the person may do what every administrator may. A refusal says why.
    ///
    /// # Errors
    ///
    /// [`Denial::NotAnAdministrator`] or [`Denial::NotLinked`].
    pub fn administrator(&self, person: &Person) -> Result<(), Denial> {
        let named = !self.grants.of(person).is_empty();
        match self.must_link(person) {
            // Somebody whom a grant names by an Entra id can't be told from a stranger before they link.
            true if named || self.grants.name_entra() => Err(Denial::NotLinked),
            _ if !named => Err(members::unreadable(person).unwrap_or(Denial::NotAnAdministrator)),
            _ => Ok(()),
        }
    }

    pub(in crate::access) fn must_link(&self, person: &Person) -> bool {
        self.duty == Duty::Required && !vouches(person.identity.platform) && person.entra.is_none()
    }
}
