//! The practice tenant's people: who works at the fictional contoso.com and example.gr, and what is wrong with each
//! of their accounts. Edit here to add a person; nothing else knows them by name.

use time::{Duration, OffsetDateTime};

use super::directory::{
    ConsentRecord, Domain, Group, Licence, Lockout, Method, Person, RiskRecord, Role, Rule, SignInRecord,
};
use crate::tenant::account::{Kind, Origin, SignIn};

/// Restricted from sending because of a volume limit. The demo's heroine.
pub const MARIA: &str = "maria.papadopoulou@contoso.com";
/// Sign-in is blocked.
pub const GIORGOS: &str = "giorgos.nikolaou@contoso.com";
/// Locked out by smart lockout (50053 a few minutes ago).
pub const ELENI: &str = "eleni.georgiou@contoso.com";
/// The password has expired (50055).
pub const KOSTAS: &str = "kostas.dimitriou@contoso.com";
/// Compromised: restricted for spam, forwards to an outside address, visible and hidden inbox rules, at risk.
pub const SOFIA: &str = "sofia.alexiou@contoso.com";
/// Synced from an on-premises directory.
pub const NIKOS: &str = "nikos.ioannou@contoso.com";
/// Signs in at another identity provider: example.gr is federated.
pub const DIMITRA: &str = "dimitra.pavlou@example.gr";
/// The demo's administrator: an active Helpdesk Administrator.
pub const ANA: &str = "ana.admin@contoso.com";
/// An active Global Administrator.
pub const GLOBAL_ADMIN: &str = "global.admin@contoso.com";
/// Could activate User Administrator through PIM; has no active role.
pub const PETROS: &str = "petros.markou@contoso.com";
/// Member of a role-assignable group that has no role yet.
pub const VASILIS: &str = "vasilis.kontos@contoso.com";
/// Has a licence that gives no mailbox.
pub const RECEPTION: &str = "reception@contoso.com";
/// Shares the alias info@contoso.com with [`JOHN`].
pub const ANNA: &str = "anna.l@contoso.com";
/// Shares the alias info@contoso.com with [`ANNA`].
pub const JOHN: &str = "john.smith@contoso.com";
/// A guest, whose name needs encoding in an address.
pub const PARTNER: &str = "partner_fabrikam.com#EXT#@contoso.com";
/// The mailbox from which letters are sent.
pub const HELP_DESK: &str = "helpdesk@contoso.com";
/// Nothing is wrong with this one.
pub const ALEX: &str = "alex.healthy@contoso.com";

/// The role-assignable group.
pub(super) const BREAK_GLASS: &str = "00000000-0000-4000-b000-000000000001";
/// An ordinary group.
pub(super) const EVERYONE: &str = "00000000-0000-4000-b000-000000000002";

/// Roles, with the template ids that every tenant has.
pub(super) const GLOBAL_ADMINISTRATOR: Role = Role {
    template: "62e90394-69f5-4237-9190-012177145e10",
    name: "Global Administrator",
    resettable_by_helpdesk: false,
};
const HELPDESK_ADMINISTRATOR: Role = Role {
    template: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    name: "Helpdesk Administrator",
    resettable_by_helpdesk: true,
};
const USER_ADMINISTRATOR: Role = Role {
    template: "fe930be7-5e62-47db-91af-98c3a49a38b1",
    name: "User Administrator",
    resettable_by_helpdesk: false,
};

/// Every role that the tenant knows.
pub(super) const ROLES: [Role; 3] = [GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR, USER_ADMINISTRATOR];

/// The tenant's domains.
pub(super) fn domains() -> Vec<Domain> {
    vec![
        Domain {
            name: "contoso.com",
            authentication: "Managed",
            default: true,
        },
        Domain {
            name: "contoso.onmicrosoft.com",
            authentication: "Managed",
            default: false,
        },
        Domain {
            name: "example.gr",
            authentication: "Federated",
            default: false,
        },
    ]
}

/// The help desk, which no role comes with.
pub(super) const HELPDESK: &str = "00000000-0000-4000-b000-000000000003";

/// The tenant's one administrative unit.
pub(super) const UNIT: &str = "00000000-0000-4000-d000-000000000001";

/// The tenant's groups.
pub(super) fn groups() -> Vec<Group> {
    vec![
        Group {
            id: BREAK_GLASS,
            name: "SG-Emergency-Access",
            assignable_to_role: true,
        },
        Group {
            id: EVERYONE,
            name: "All Contoso",
            assignable_to_role: false,
        },
        Group {
            id: HELPDESK,
            name: "Help Desk",
            assignable_to_role: false,
        },
    ]
}

/// Everybody, as they are when the tenant starts at `now`.
pub(super) fn seed(now: OffsetDateTime) -> Vec<Person> {
    let mut everybody = locked_out(now);
    everybody.extend(elsewhere(now));
    everybody.extend(privileged(now));
    everybody.extend(ordinary(now));
    everybody
}

/// The people whose account can be mended from here.
fn locked_out(now: OffsetDateTime) -> Vec<Person> {
    vec![
        Person {
            proxies: addresses("maria.papadopoulou@contoso.com", &["maria@contoso.com"]),
            sign_ins: vec![success(now, Duration::minutes(42))],
            ..member(now, 1, ("Maria", "Papadopoulou"), MARIA)
        },
        Person {
            sign_in: SignIn::Blocked,
            sign_ins: vec![refused(now, Duration::minutes(8), 50057)],
            ..member(now, 2, ("Giorgos", "Nikolaou"), GIORGOS)
        },
        Person {
            lockout: Lockout::Locked,
            sign_ins: vec![
                refused(now, Duration::minutes(3), 50053),
                refused(now, Duration::minutes(4), 50053),
                refused(now, Duration::minutes(5), 50126),
                success(now, Duration::hours(20)),
            ],
            ..member(now, 3, ("Eleni", "Georgiou"), ELENI)
        },
        Person {
            lockout: Lockout::PasswordExpired,
            password_changed: now - Duration::days(91),
            manager: Some("00000000-0000-4000-a000-000000000016".to_owned()),
            other_mails: vec!["kostas@example.gr".to_owned()],
            sign_ins: vec![refused(now, Duration::minutes(12), 50055)],
            ..member(now, 4, ("Kostas", "Dimitriou"), KOSTAS)
        },
        compromised(now),
    ]
}

fn compromised(now: OffsetDateTime) -> Person {
    Person {
        forwards_to: Some("collector@fabrikam.example".to_owned()),
        rules: vec![
            Rule::moving("AQAAANa1rXY=", "Tidy up"),
            Rule::forwarding("AQAAANa1rXc=", ".", "collector@fabrikam.example"),
            Rule::hidden("AQAAANa1rXg=", "..", "collector@fabrikam.example"),
        ],
        consents: vec![consent(
            5,
            "3d9d0b9c-0000-4000-8000-00000000c0de",
            "Mail.ReadWrite offline_access User.Read",
        )],
        risk: Some(RiskRecord {
            state: "atRisk",
            level: "high",
            since: now - Duration::hours(3),
        }),
        sign_ins: vec![
            SignInRecord {
                country: "ZZ",
                ..success(now, Duration::hours(3))
            },
            success(now, Duration::hours(26)),
        ],
        ..member(now, 5, ("Sofia", "Alexiou"), SOFIA)
    }
}

/// The people whose password lives somewhere else.
fn elsewhere(now: OffsetDateTime) -> Vec<Person> {
    vec![
        Person {
            origin: Origin::Synced,
            sign_ins: vec![refused(now, Duration::minutes(6), 50126)],
            ..member(now, 6, ("Nikos", "Ioannou"), NIKOS)
        },
        Person {
            origin: Origin::Federated {
                domain: "example.gr".to_owned(),
            },
            ..member(now, 7, ("Dimitra", "Pavlou"), DIMITRA)
        },
        Person {
            name: "Partner of Fabrikam".to_owned(),
            kind: Kind::Guest,
            licence: Licence::None,
            mail: Some("partner@fabrikam.com".to_owned()),
            proxies: vec!["SMTP:partner@fabrikam.com".to_owned()],
            methods: Vec::new(),
            default_method: None,
            ..member(now, 8, ("Partner", "Fabrikam"), PARTNER)
        },
    ]
}

/// The people who must not be changed from chat.
fn privileged(now: OffsetDateTime) -> Vec<Person> {
    vec![
        Person {
            roles: vec![HELPDESK_ADMINISTRATOR],
            ..member(now, 9, ("Ana", "Admin"), ANA)
        },
        Person {
            roles: vec![GLOBAL_ADMINISTRATOR],
            ..member(now, 10, ("Global", "Admin"), GLOBAL_ADMIN)
        },
        Person {
            eligible: vec![USER_ADMINISTRATOR],
            ..member(now, 11, ("Petros", "Markou"), PETROS)
        },
        Person {
            groups: vec![EVERYONE, BREAK_GLASS],
            ..member(now, 12, ("Vasilis", "Kontos"), VASILIS)
        },
    ]
}

/// The rest: an account without a mailbox, two who share an alias, and one with nothing wrong.
fn ordinary(now: OffsetDateTime) -> Vec<Person> {
    vec![
        Person {
            name: "Reception".to_owned(),
            // A free licence: it holds the Exchange *foundation* plan, which is no mailbox.
            licence: Licence::Free,
            mail: None,
            proxies: Vec::new(),
            methods: vec![Method::Password],
            default_method: None,
            ..member(now, 13, ("Reception", "Desk"), RECEPTION)
        },
        Person {
            mail: Some("anna.lambrou@contoso.com".to_owned()),
            proxies: addresses("anna.lambrou@contoso.com", &["anna.l@contoso.com", "info@contoso.com"]),
            ..member(now, 14, ("Anna", "Lambrou"), ANNA)
        },
        Person {
            proxies: addresses("john.smith@contoso.com", &["info@contoso.com"]),
            ..member(now, 15, ("John", "Smith"), JOHN)
        },
        Person {
            // Signing in to a calendar page is nothing to worry about.
            consents: vec![consent(
                16,
                "3d9d0b9c-0000-4000-8000-00000000ca1e",
                "openid profile User.Read",
            )],
            ..member(now, 16, ("Alex", "Healthy"), ALEX)
        },
        Person {
            name: "Help Desk".to_owned(),
            methods: vec![Method::Password],
            default_method: None,
            ..member(now, 17, ("Help", "Desk"), HELP_DESK)
        },
    ]
}

/// A licensed member in the cloud with nothing wrong; the others are told apart from this one.
fn member(now: OffsetDateTime, number: u8, (given, surname): (&str, &str), upn: &str) -> Person {
    Person {
        id: format!("00000000-0000-4000-a000-{number:012}"),
        name: format!("{given} {surname}"),
        given: given.to_owned(),
        surname: surname.to_owned(),
        upn: upn.to_owned(),
        mail: Some(upn.to_owned()),
        proxies: addresses(upn, &[]),
        sign_in: SignIn::Allowed,
        lockout: Lockout::None,
        password: None,
        must_change_password: false,
        password_changed: now - Duration::days(40 + i64::from(number)),
        sessions_valid_from: now - Duration::days(40 + i64::from(number)),
        origin: Origin::Cloud,
        kind: Kind::Member,
        licence: Licence::Enterprise,
        roles: Vec::new(),
        eligible: Vec::new(),
        groups: vec![EVERYONE],
        units: Vec::new(),
        scoped: Vec::new(),
        eligible_groups: Vec::new(),
        owns: Vec::new(),
        methods: vec![Method::Password, Method::Phone, Method::Authenticator],
        default_method: Some(Method::Authenticator),
        pass: None,
        consents: Vec::new(),
        sign_ins: vec![success(now, Duration::hours(2))],
        risk: None,
        forwards_to: None,
        rules: Vec::new(),
        manager: None,
        other_mails: Vec::new(),
        registered_mail: format!("{}@example.gr", given.to_lowercase()),
        language: None,
    }
}

fn addresses(primary: &str, aliases: &[&str]) -> Vec<String> {
    std::iter::once(format!("SMTP:{primary}"))
        .chain(aliases.iter().map(|alias| format!("smtp:{alias}")))
        .collect()
}

fn success(now: OffsetDateTime, ago: Duration) -> SignInRecord {
    refused(now, ago, 0)
}

fn refused(now: OffsetDateTime, ago: Duration, code: u32) -> SignInRecord {
    SignInRecord {
        at: now - ago,
        code,
        country: "GR",
    }
}

fn consent(number: u8, client: &'static str, scope: &'static str) -> ConsentRecord {
    ConsentRecord {
        id: format!("consent-{number}_x"),
        client,
        scope,
    }
}
