//! Which accounts are too important to be changed from chat.

use crate::tenant::account::Privilege;

/// What makes an account protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// It stands in `[access] protected`.
    Listed,
    /// It is one of the bot's own administrators.
    Operator,
    /// It holds a directory role.
    ActiveRole(String),
    /// It could activate a directory role.
    EligibleRole(String),
    /// It belongs to a group through which roles are given.
    RoleGroup(String),
}

impl Protection {
    /// What a privilege amounts to; `None` where there is none.
    pub fn of(privilege: &Privilege) -> Option<Self> {
        let first = |names: &[String]| names.first().cloned();
        first(&privilege.active)
            .map(Self::ActiveRole)
            .or_else(|| first(&privilege.eligible).map(Self::EligibleRole))
            .or_else(|| first(&privilege.groups).map(Self::RoleGroup))
    }

    /// A short, stable name for phrases and audit records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Operator => "operator",
            Self::ActiveRole(_) => "active-role",
            Self::EligibleRole(_) => "eligible-role",
            Self::RoleGroup(_) => "role-group",
        }
    }

    /// The role or group, where there is one.
    pub fn name(&self) -> &str {
        match self {
            Self::Listed | Self::Operator => "",
            Self::ActiveRole(name) | Self::EligibleRole(name) | Self::RoleGroup(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eligible_role_protects_as_an_active_one_does() {
        let privilege = Privilege {
            eligible: vec!["User Administrator".into()],
            ..Privilege::default()
        };
        assert_eq!(
            Protection::of(&privilege),
            Some(Protection::EligibleRole("User Administrator".into()))
        );
        assert_eq!(Protection::of(&Privilege::default()), None);
    }
}
