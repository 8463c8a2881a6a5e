//! What the bot's application may do, looked at for `latchkey doctor`: the token, each permission of Graph, the clock,
//! and each cmdlet of Exchange. Everything is read; nothing is changed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::Tenant;
use super::error::TenantError;
use crate::examination::Examined;

const GRAPH: &str = "graph";
const EXCHANGE: &str = "exchange";

/// Tokens are refused when the clocks differ by more than five minutes.
const MOST_DRIFT: time::Duration = time::Duration::minutes(5);
/// From here on it is worth a word: `Date` itself is only told in whole seconds.
const SOME_DRIFT: time::Duration = time::Duration::seconds(30);

/// Permissions that read, with what each unlocks.
const READS: [(&str, &str); 14] = [
    ("User.Read.All", "finding accounts: nothing works without it"),
    ("GroupMember.Read.All", "every action: who is protected through a group"),
    (
        "RoleManagement.Read.Directory",
        "every action: who holds an administrator role",
    ),
    (
        "RoleEligibilitySchedule.Read.Directory",
        "every action: who could activate an administrator role",
    ),
    (
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "every action: who could enter a group that gives roles",
    ),
    ("Domain.Read.All", "password resets: whether a password lives elsewhere"),
    (
        "AuditLog.Read.All",
        "seeing lockouts and expired passwords in recent sign-ins",
    ),
    ("IdentityRiskyUser.Read.All", "seeing what Identity Protection says"),
    ("MailboxSettings.Read", "seeing inbox rules that hide or forward mail"),
    ("LicenseAssignment.Read.All", "seeing whether there is a mailbox"),
    (
        "UserAuthenticationMethod.Read.All",
        "seeing which kinds of sign-in methods there are",
    ),
    (
        "Policy.Read.AuthenticationMethod",
        "Temporary Access Pass: what the tenant allows of it",
    ),
    (
        "DelegatedPermissionGrant.Read.All",
        "Unblock sending, Allow sign-in: which applications the account let in",
    ),
    ("ServiceHealth.Read.All", "seeing that Microsoft 365 itself is broken"),
];

/// Permissions that write, what each unlocks, and the directory roles that give the same: a role in an administrative
/// unit is the better way, because it does not reach everybody.
const WRITES: [(&str, &str, &[Role]); 8] = [
    (
        "User-PasswordProfile.ReadWrite.All",
        "Reset password",
        &[HELPDESK, PASSWORD, USER, AUTHENTICATION],
    ),
    ("User.EnableDisableAccount.All", "Allow sign-in, Block sign-in", &[USER]),
    (
        "User.RevokeSessions.All",
        "Sign out everywhere",
        &[HELPDESK, USER, AUTHENTICATION],
    ),
    (
        "UserAuthenticationMethod.ReadWrite.All",
        "Temporary Access Pass, asking for MFA registration again",
        &[AUTHENTICATION],
    ),
    (
        "IdentityRiskyUser.ReadWrite.All",
        "Dismiss risk, Confirm compromised",
        &[],
    ),
    ("MailboxSettings.ReadWrite", "switching off inbox rules", &[]),
    ("DelegatedPermissionGrant.ReadWrite.All", "taking back consents", &[]),
    (
        "Mail.Send",
        "telling people by mail that their account was changed, and sending them codes",
        &[],
    ),
];

/// The cmdlets that are run, with what each unlocks.
const CMDLETS: [(&str, &str); 7] = [
    ("Get-BlockedSenderAddress", "seeing that sending is blocked"),
    ("Remove-BlockedSenderAddress", "Unblock sending"),
    ("Get-Mailbox", "seeing forwarding"),
    ("Get-InboxRule", "seeing hidden inbox rules"),
    ("Disable-InboxRule", "switching off hidden inbox rules"),
    ("Enable-InboxRule", "switching hidden inbox rules on again"),
    ("Set-Mailbox", "Clear forwarding"),
];

/// A built-in directory role. Its template id is the same in every tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Role {
    name: &'static str,
    id: &'static str,
}

const HELPDESK: Role = Role {
    name: "Helpdesk Administrator",
    id: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
};
const PASSWORD: Role = Role {
    name: "Password Administrator",
    id: "966707d0-3269-4727-9be2-8c3a10f19b9d",
};
const USER: Role = Role {
    name: "User Administrator",
    id: "fe930be7-5e62-47db-91af-98c3a49a38b1",
};
const AUTHENTICATION: Role = Role {
    name: "Authentication Administrator",
    id: "c4e39bd9-1100-46d3-8c65-fb160da0071f",
};

/// What a token says of whom it was given to. Microsoft calls its content opaque: this is for looking, never for
/// deciding.
#[derive(Debug, Default, Deserialize)]
struct Claims {
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    appid: String,
    #[serde(default)]
    oid: String,
}

/// A directory role that the application holds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Held {
    role_definition_id: String,
    #[serde(default)]
    directory_scope_id: String,
}

impl Tenant {
    /// Looks at everything that the bot needs of the tenant.
    pub async fn examine(&self) -> Vec<Examined> {
        let mut seen = self.examine_graph().await;
        seen.extend(self.examine_exchange().await);
        seen
    }

    async fn examine_graph(&self) -> Vec<Examined> {
        let graph = &self.parts.graph;
        let token = match graph.service.tokens.current().await {
            Ok(token) => token,
            Err(error) => return vec![no_token(GRAPH, &error)],
        };
        let mut seen = vec![Examined::ok(GRAPH, "token", "the application can sign in")];
        match graph.taste().await {
            Ok(date) => seen.extend(date.as_deref().map(clock)),
            Err(error) => seen.push(Examined::cant_tell(
                GRAPH,
                "answers",
                error.to_string(),
                "See that graph_url under [tenant] is right and can be reached from here",
            )),
        }
        let Some(claims) = claims(token.expose_secret()) else {
            seen.push(Examined::cant_tell(
                GRAPH,
                "permissions",
                "the token is sealed, so it doesn't tell",
                "Entra admin center > Enterprise applications > Latchkey > Permissions",
            ));
            return seen;
        };
        seen.extend(READS.map(|(name, unlocks)| read_permission(&claims, name).unlocking(unlocks)));
        let held = graph.roles_of_application(&claims.oid).await;
        seen.extend(
            WRITES.map(|(name, unlocks, roles)| write_permission(&claims, name, (roles, &held)).unlocking(unlocks)),
        );
        seen
    }

    async fn examine_exchange(&self) -> Vec<Examined> {
        let exchange = &self.parts.exchange;
        if let Err(error) = exchange.service.tokens.current().await {
            return vec![no_token(EXCHANGE, &error)];
        }
        match exchange.cmdlets().await {
            Ok(allowed) => CMDLETS
                .map(|(name, unlocks)| cmdlet(&allowed, name).unlocking(unlocks))
                .into(),
            Err(TenantError::Denied { code, .. }) => vec![
                Examined::missing(
                    EXCHANGE,
                    "Exchange.ManageAsApp",
                    format!(
                        "Exchange does not let the application in ({code}); a new role takes up to two hours to arrive"
                    ),
                    "Grant Exchange.ManageAsApp and a role group, as in deploy/entra/README.md, step 5",
                )
                .unlocking("Unblock sending, seeing forwarding"),
            ],
            Err(error) => vec![Examined::cant_tell(
                EXCHANGE,
                "cmdlets",
                error.to_string(),
                "Get-ManagementRoleAssignment -RoleAssignee Latchkey, in Exchange Online PowerShell",
            )],
        }
    }
}

fn no_token(area: &'static str, error: &TenantError) -> Examined {
    let mend = "See that id, client_id and the credential under [tenant] belong together and have not expired: Entra admin \
                center > App registrations > Latchkey > Certificates & secrets";
    match error {
        TenantError::Credential { .. } | TenantError::Rejected { .. } => {
            Examined::missing(area, "token", error.to_string(), mend)
        }
        _ => Examined::cant_tell(
            area,
            "token",
            error.to_string(),
            "See that login_url can be reached from here",
        ),
    }
    .unlocking("everything")
}

/// Holds our clock against the `Date` of an answer.
fn clock(date: &str) -> Examined {
    let Ok(theirs) = OffsetDateTime::parse(date, &Rfc2822) else {
        return Examined::cant_tell(
            "clock",
            "clock",
            "the answer's date can't be read",
            "timedatectl status",
        );
    };
    let drift = (OffsetDateTime::now_utc() - theirs).abs();
    let told = format!("{} s from Microsoft's", drift.whole_seconds());
    if drift > MOST_DRIFT {
        let mend = "Set the clock: timedatectl set-ntp true. Tokens are refused beyond 5 minutes";
        Examined::missing("clock", "clock", told, mend)
    } else if drift > SOME_DRIFT {
        Examined::ok("clock", "clock", format!("{told}: let it be set by NTP"))
    } else {
        Examined::ok("clock", "clock", told)
    }
    .unlocking("tokens, signatures, expiry")
}

fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn read_permission(claims: &Claims, name: &'static str) -> Examined {
    // What may write may read.
    let wider = name
        .strip_suffix(".Read.All")
        .map(|stem| format!("{stem}.ReadWrite.All"))
        .unwrap_or_else(|| name.replacen(".Read", ".ReadWrite", 1));
    match claims.roles.iter().find(|role| **role == name || **role == wider) {
        Some(role) if role == name => Examined::ok(GRAPH, name, ""),
        Some(role) => Examined::ok(GRAPH, name, format!("through {role}")),
        None => Examined::missing(GRAPH, name, "not granted", grant(claims, name)),
    }
}

fn write_permission(
    claims: &Claims,
    name: &'static str,
    (roles, held): (&[Role], &Result<Vec<Held>, TenantError>),
) -> Examined {
    if claims.roles.iter().any(|role| role == name) {
        let reach = "granted for the whole tenant; a role in an administrative unit reaches less";
        return Examined::ok(GRAPH, name, if roles.is_empty() { "" } else { reach });
    }
    let mend = match roles.first() {
        Some(role) => format!(
            "Give the application the role {} in an administrative unit (deploy/entra/README.md, step 4), or: {}",
            role.name,
            grant(claims, name)
        ),
        None => grant(claims, name),
    };
    match held {
        _ if roles.is_empty() => Examined::missing(GRAPH, name, "not granted", mend),
        Ok(held) => match role_of(held, roles) {
            Some((role, scope)) => Examined::ok(GRAPH, name, format!("through {} in {scope}", role.name)),
            None => Examined::missing(GRAPH, name, "neither granted nor given by a role", mend),
        },
        Err(error) => Examined::cant_tell(
            GRAPH,
            name,
            format!("not granted; whether a role gives it can't be read: {error}"),
            "Entra admin center > Roles & admins > Helpdesk Administrator > Assignments",
        ),
    }
}

fn role_of<'a>(held: &'a [Held], roles: &[Role]) -> Option<(Role, &'a str)> {
    held.iter().find_map(|assignment| {
        let role = roles.iter().find(|role| role.id == assignment.role_definition_id)?;
        let scope = match assignment.directory_scope_id.as_str() {
            "" | "/" => "the whole tenant",
            unit => unit,
        };
        Some((*role, scope))
    })
}

/// The command that grants an application permission of Graph.
fn grant(claims: &Claims, name: &str) -> String {
    format!(
        "$g = Get-MgServicePrincipal -Filter \"appId eq '00000003-0000-0000-c000-000000000000'\"; \
         $s = Get-MgServicePrincipal -Filter \"appId eq '{}'\"; \
         New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $s.Id -PrincipalId $s.Id -ResourceId $g.Id \
         -AppRoleId ($g.AppRoles | Where-Object Value -eq '{name}').Id",
        claims.appid
    )
}

fn cmdlet(allowed: &[String], name: &'static str) -> Examined {
    if allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)) {
        return Examined::ok(EXCHANGE, name, "");
    }
    let mend = format!(
        "Get-ManagementRoleEntry \"*\\{name}\" names the roles that hold it; add one to the role group as in \
         deploy/entra/README.md, step 5. It takes up to two hours to arrive"
    );
    Examined::missing(EXCHANGE, name, "the application may not run it", mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examination::Found;

    fn granted(roles: &[&str]) -> Claims {
        Claims {
            roles: roles.iter().map(ToString::to_string).collect(),
            ..Claims::default()
        }
    }

    fn held(role: &Role, scope: &str) -> Vec<Held> {
        vec![Held {
            role_definition_id: role.id.into(),
            directory_scope_id: scope.into(),
        }]
    }

    #[test]
    fn what_may_write_may_read() {
        let claims = granted(&["MailboxSettings.ReadWrite"]);
        assert!(matches!(
            read_permission(&claims, "MailboxSettings.Read").found,
            Found::Ok { .. }
        ));
        assert!(matches!(
            read_permission(&claims, "User.Read.All").found,
            Found::Missing { .. }
        ));
        let claims = granted(&["User.ReadWrite.All"]);
        assert!(matches!(
            read_permission(&claims, "User.Read.All").found,
            Found::Ok { .. }
        ));
    }

    #[test]
    fn a_role_stands_in_for_a_permission_and_an_unreadable_one_is_not_taken_for_missing() {
        let (name, _, roles) = WRITES[0];
        let none = granted(&[]);
        let in_unit = Ok(held(&HELPDESK, "/administrativeUnits/1"));
        let found = write_permission(&none, name, (roles, &in_unit)).found;
        assert_eq!(
            found,
            Found::Ok {
                detail: "through Helpdesk Administrator in /administrativeUnits/1".into()
            }
        );
        let other = Ok(held(&USER, "/"));
        let (mfa, _, for_mfa) = WRITES[3];
        assert!(matches!(
            write_permission(&none, mfa, (for_mfa, &other)).found,
            Found::Missing { .. }
        ));
        let unread = Err(TenantError::NotLicensed { what: "roles".into() });
        assert!(matches!(
            write_permission(&none, name, (roles, &unread)).found,
            Found::CantTell { .. }
        ));
    }

    #[test]
    fn a_clock_that_is_far_off_is_named() {
        let told = |ago: time::Duration| {
            let date = (OffsetDateTime::now_utc() - ago).format(&Rfc2822).unwrap();
            clock(&date).found
        };
        assert!(matches!(told(time::Duration::ZERO), Found::Ok { .. }));
        assert!(matches!(told(time::Duration::minutes(6)), Found::Missing { .. }));
        assert!(matches!(clock("yesterday").found, Found::CantTell { .. }));
    }
}
