//! More switches: roles that come in roundabout ways, sign-in methods, passes, letters and incidents.

use super::directory::{ConsentRecord, Method, Person};
use super::world::PostedLetter;
use super::{Simulator, people};
use crate::tenant::account::MethodKind;

impl Simulator {
    /// Gives the account a role over one administrative unit alone, by the role's display name.
    ///
    /// # Panics
    ///
    /// Where nobody has this name, or the tenant has no such role.
    pub fn give_scoped_role(&self, upn: &str, role: &str) {
        let known = people::ROLES.into_iter().find(|known| known.name == role);
        assert!(known.is_some(), "the practice tenant has no role {role}");
        self.change(upn, |person| person.scoped.extend(known));
    }

    /// Makes the account an owner of the role-assignable group, and no member.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn make_owner(&self, upn: &str) {
        self.change(upn, |person| person.owns = vec![people::EVERYONE, people::BREAK_GLASS]);
    }

    /// Makes the account a member of the help desk's group, whose id is given back.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn join_help_desk(&self, upn: &str) -> &'static str {
        self.change(upn, |person| person.groups.push(people::HELPDESK));
        people::HELPDESK
    }

    /// Takes the account out of the help desk's group.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn leave_help_desk(&self, upn: &str) {
        self.change(upn, |person| person.groups.retain(|group| *group != people::HELPDESK));
    }

    /// Puts the account into the administrative unit, whose id is given back.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn put_into_unit(&self, upn: &str) -> &'static str {
        self.change(upn, |person| person.units.push(people::UNIT));
        people::UNIT
    }

    /// Lets the account enter the role-assignable group whenever it likes.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn let_into_group(&self, upn: &str) {
        self.change(upn, |person| person.eligible_groups.push(people::BREAK_GLASS));
    }

    /// Registers a sign-in method.
    ///
    /// # Panics
    ///
    /// Where nobody has this name, or nobody registers this kind.
    pub fn register(&self, upn: &str, kind: MethodKind) {
        let method = match kind {
            MethodKind::Phone => Method::OfficePhone,
            MethodKind::Authenticator => Method::Authenticator,
            MethodKind::SoftwareOath => Method::SoftwareOath,
            MethodKind::Fido2 => Method::Fido2,
            MethodKind::Email => Method::Email,
            MethodKind::WindowsHello => Method::WindowsHello,
            MethodKind::Password | MethodKind::TemporaryPass | MethodKind::Other => {
                panic!("nobody registers {}", kind.code())
            }
        };
        self.change(upn, |person| person.methods.push(method));
    }

    /// Lets an application in, in the account's name.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn consent(&self, upn: &str, scope: &'static str) {
        self.change(upn, |person: &mut Person| {
            person.consents.push(ConsentRecord {
                id: format!("consent-extra-{}", person.consents.len()),
                client: "3d9d0b9c-0000-4000-8000-0000000000ff",
                scope,
            });
        });
    }

    /// Forbids Temporary Access Passes by the tenant's policy.
    pub fn forbid_passes(&self) {
        self.shared.world().pass_rules.enabled = false;
    }

    /// Sets which lifetimes of a Temporary Access Pass the policy takes, in minutes.
    pub fn allow_pass_minutes(&self, least: u32, most: u32) {
        self.shared.world().pass_rules.minutes = (least, most);
    }

    /// Whether this is the Temporary Access Pass that was made for the person.
    pub fn pass_is(&self, upn: &str, pass: &str) -> bool {
        self.shared.world().pass_is(upn, pass)
    }

    /// The letters that were sent so far.
    pub fn letters(&self) -> Vec<PostedLetter> {
        self.shared.world().letters.clone()
    }

    /// Sets who somebody's manager is, by their user principal name; nobody where that is none.
    ///
    /// # Panics
    ///
    /// Where nobody has one of these names.
    pub fn set_manager(&self, upn: &str, manager: Option<&str>) {
        let id = manager.map(|manager| {
            let found = self.person(manager);
            assert!(found.is_some(), "the practice tenant has nobody called {manager}");
            found.map(|person| person.id).unwrap_or_default()
        });
        self.change(upn, |person| person.manager = id);
    }

    /// Sets the addresses outside of the tenant at which somebody is reached.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn set_other_mails(&self, upn: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(ToString::to_string).collect();
        self.change(upn, |person| person.other_mails = addresses);
    }

    /// Sets the address that somebody's e-mail method has.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn set_registered_mail(&self, upn: &str, address: &str) {
        self.change(upn, |person| address.clone_into(&mut person.registered_mail));
    }

    /// Sets the language that somebody prefers.
    ///
    /// # Panics
    ///
    /// Where nobody has this name.
    pub fn set_language(&self, upn: &str, tag: &str) {
        self.change(upn, |person| person.language = Some(tag.to_owned()));
    }

    /// Lets changes of risk follow each other at once, for a client that only notes its waits.
    pub fn forgive_haste(&self) {
        self.shared.world().strict_about_time = false;
    }

    /// Opens an incident at a service, such as `Exchange Online`.
    pub fn open_incident(&self, service: &str, title: &str) {
        let incident = (service.to_owned(), title.to_owned());
        self.shared.world().issues.push(incident);
    }
}
