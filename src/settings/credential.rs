//! How an application proves to Entra that it is itself: exactly one of four ways, wherever there is one to be named.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::reader::{Section, Switch};
use super::values;

/// An application, or the managed identity of the machine, and how it proves that it is.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The application's id: a GUID. Only the machine's own (system-assigned) identity needs none.
    pub client_id: Option<String>,
    /// How it proves that it is.
    pub proof: Proof,
}

/// How an application proves to Entra that it is itself.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A secret.
    Secret(SecretString),
    /// A certificate: its private key (RSA) and itself, both in PEM.
    Certificate(SecretString),
    /// A token of the platform that Latchkey runs on (Kubernetes, a CI service), in a file that is read again each
    /// time. Without a name, the one in `AZURE_FEDERATED_TOKEN_FILE`.
    FederatedToken(Option<PathBuf>),
    /// The identity of the Azure machine that Latchkey runs on.
    ManagedIdentity,
}

impl Credential {
    /// An application with a secret.
    pub fn with_secret(client_id: impl Into<String>, secret: SecretString) -> Self {
        Self {
            client_id: Some(client_id.into()),
            proof: Proof::Secret(secret),
        }
    }

    /// The secret, where that is the proof.
    pub fn secret(&self) -> Option<&SecretString> {
        match &self.proof {
            Proof::Secret(secret) => Some(secret),
            Proof::Certificate(_) | Proof::FederatedToken(_) | Proof::ManagedIdentity => None,
        }
    }
}

/// What the settings of a credential are called in a section.
pub(super) struct Names {
    pub(super) id: &'static str,
    /// And the same with `_file`.
    pub(super) secret: &'static str,
    pub(super) certificate: &'static str,
    pub(super) workload: &'static str,
    pub(super) token_file: &'static str,
    /// Where a managed identity is of use.
    pub(super) managed: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Secret,
    Certificate,
    Workload,
    Managed,
}

/// Whether any way to prove oneself is set.
pub(super) fn is_set(section: &Section<'_>, names: &Names) -> bool {
    let keys = [names.secret, names.certificate, names.workload, names.token_file];
    let files = [names.secret, names.certificate].map(|name| format!("{name}_file"));
    keys.into_iter().any(|key| section.is_set(key))
        || files.iter().any(|key| section.is_set(key))
        || names.managed.is_some_and(|key| section.is_set(key))
}

/// Reads a credential; reports what is missing, and more than one way.
pub(super) fn read(section: &mut Section<'_>, names: &Names) -> Option<Credential> {
    let set = ways(section, names);
    let needs_id = !matches!(set.as_slice(), [Set { way: Way::Managed, .. }]);
    if needs_id && !section.is_set(names.id) {
        missing(section, names.id, "");
    }
    let client_id = guid(section, names.id);
    let way = only(section, names, &set);
    if section.is_set(names.token_file) && way != Some(Way::Workload) {
        let place = section.place(names.token_file);
        let what = format!(
            "`{}.{}` is for `{} = true`: take it out, or set that",
            section.name(),
            names.token_file,
            names.workload
        );
        section.fault(&place, what);
    }
    let proof = match way? {
        Way::Secret => Proof::Secret(secret(section, names.secret)?),
        Way::Certificate => Proof::Certificate(certificate(section, names.certificate)?),
        Way::Workload => Proof::FederatedToken(section.text(names.token_file).map(|file| PathBuf::from(file.value))),
        Way::Managed => Proof::ManagedIdentity,
    };
    // A wrong id was reported; without one it would be another identity.
    if client_id.is_none() && (needs_id || section.is_set(names.id)) {
        return None;
    }
    Some(Credential { client_id, proof })
}

/// A way that is set, under this name.
struct Set {
    key: String,
    way: Way,
}

/// The ways that are set.
fn ways(section: &Section<'_>, names: &Names) -> Vec<Set> {
    let file = |name: &str| format!("{name}_file");
    let text = |name: &str| section.is_set(name) || section.is_set(&file(name));
    let on = |name: &str| section.switch(name).is_some_and(|found| found.value == Switch::On);
    let shown = |name: &str| {
        if section.is_set(name) {
            name.to_owned()
        } else {
            file(name)
        }
    };
    [
        (text(names.secret), names.secret, Way::Secret),
        (text(names.certificate), names.certificate, Way::Certificate),
        (on(names.workload), names.workload, Way::Workload),
        (
            names.managed.is_some_and(on),
            names.managed.unwrap_or_default(),
            Way::Managed,
        ),
    ]
    .into_iter()
    .filter(|(set, ..)| *set)
    .map(|(_, key, way)| Set { key: shown(key), way })
    .collect()
}

/// The one way that is set; none and several are faults.
fn only(section: &mut Section<'_>, names: &Names, set: &[Set]) -> Option<Way> {
    match set {
        [one] => Some(one.way),
        [] => {
            // A switch that can't be read was reported, and may have been meant.
            let unclear = |name: &str| section.is_set(name) && section.switch(name).is_none();
            if !unclear(names.workload) && !names.managed.is_some_and(unclear) {
                let others = match names.managed {
                    Some(managed) => format!(
                        "`{0}_file`, `{1} = true` and `{managed} = true`",
                        names.certificate, names.workload
                    ),
                    None => format!("`{0}_file` and `{1} = true`", names.certificate, names.workload),
                };
                let others = format!(", or `{0}_file`. Other ways to sign in are {others}", names.secret);
                missing(section, names.secret, &others);
            }
            None
        }
        [first, others @ ..] => {
            for other in others {
                let place = section.place(&other.key);
                let what = format!(
                    "`{0}.{1}` and `{0}.{2}` are two ways to sign in: keep one of them",
                    section.name(),
                    first.key,
                    other.key
                );
                section.fault(&place, what);
            }
            None
        }
    }
}

fn missing(section: &mut Section<'_>, key: &str, others: &str) {
    let place = section.own_place();
    let name = section.name().to_owned();
    let what = format!(
        "`{name}.{key}` is missing: set it under [{name}], or as LATCHKEY__{}__{}{others}",
        name.to_uppercase(),
        key.to_uppercase()
    );
    section.fault(&place, what);
}

fn guid(section: &mut Section<'_>, key: &str) -> Option<String> {
    let text = section.text(key)?;
    let name = section.name().to_owned();
    values::guid(&text.value)
        .map_err(|why| section.fault(&text.place, format!("`{name}.{key}` {why}")))
        .ok()
}

fn secret(section: &mut Section<'_>, key: &str) -> Option<SecretString> {
    let secret = section.secret(key)?;
    // The portal shows both side by side, and signing in with the id fails with a message that names neither.
    if values::guid(secret.value.expose_secret()).is_ok() {
        let what = format!(
            "`{}.{key}` is the id of a secret: copy the secret's value, which the portal shows once",
            section.name()
        );
        section.fault(&secret.place, what);
        return None;
    }
    Some(secret.value)
}

fn certificate(section: &mut Section<'_>, key: &str) -> Option<SecretString> {
    let pem = section.secret(key)?;
    let text = pem.value.expose_secret();
    let why = if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        "holds a private key that is locked by a password: unlock it with `openssl pkey`, and protect the file instead"
    } else if !text.contains("PRIVATE KEY-----") {
        "holds no private key: put the key and the certificate into one PEM file"
    } else if !text.contains("-----BEGIN CERTIFICATE-----") {
        "holds no certificate: put the key and the certificate into one PEM file"
    } else {
        return Some(pem.value);
    };
    let what = format!("`{}.{key}` {why}", section.name());
    section.fault(&pem.place, what);
    None
}
