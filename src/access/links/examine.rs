//! What `latchkey doctor` sees of linking: whether people can sign in, and by which way. Nobody is signed in.

use super::{LinkError, Links};
use crate::access::tokens::TokenError;
use crate::examination::Examined;

const AREA: &str = "link";
const UNLOCKS: &str = "administrators of Slack and Discord who are named by their Entra account";

impl Links {
    /// Looks at the issuer, at what proves the application, and at the way back from the sign-in.
    pub async fn examine(&self) -> Vec<Examined> {
        let mut seen = vec![self.issuer_seen().await];
        match (&self.application, self.redirect_uri()) {
            (Some(application), Ok(back)) => {
                let proof = application.proof().await;
                seen.push(match proof {
                    Ok(_) => Examined::ok(AREA, "credential", ""),
                    Err(error) => {
                        let mend = "Look at the credential under [link] or, where there is none, under [tenant]";
                        Examined::missing(AREA, "credential", error.to_string(), mend)
                    }
                });
                let mend = format!(
                    "Microsoft Entra admin center > App registrations > {} > Authentication > Web > Redirect URIs: {back} must stand there, exactly",
                    self.client_id
                );
                let why = "only a sign-in shows whether Entra knows it";
                seen.push(Examined::cant_tell(AREA, "redirect URI", why, mend));
            }
            _ => {
                let mend = format!(
                    "Set `public_url` under [http] for sign-in in a browser; for device codes, App registrations > {} > Authentication > Allow public client flows must be on",
                    self.client_id
                );
                let why = "people sign in with a device code, which counts for grants by a platform's account alone";
                seen.push(Examined::cant_tell(AREA, "public_url", why, mend));
            }
        }
        seen.into_iter().map(|seen| seen.unlocking(UNLOCKS)).collect()
    }

    async fn issuer_seen(&self) -> Examined {
        match self.metadata().await {
            Ok(_) => Examined::ok(AREA, "issuer", "it answers"),
            Err(LinkError::Issuer(why)) => {
                let mend = "Look at `id` and `login_url` under [tenant]";
                Examined::missing(AREA, "issuer", why, mend)
            }
            Err(LinkError::Token(error @ TokenError::NoKeys(_))) => {
                let mend = "See that this machine reaches `login_url` of [tenant], and try again";
                Examined::cant_tell(AREA, "issuer", error.to_string(), mend)
            }
            Err(error) => Examined::cant_tell(AREA, "issuer", error.to_string(), "Try again later"),
        }
    }
}

/// What is said where there is no application that anybody could sign in to.
pub fn without_application() -> Examined {
    let why = "there is no application that people can sign in to: a managed identity is none";
    let mend = "Register an application, and set its `client_id` and credential under [link]";
    Examined::missing(AREA, "application", why, mend).unlocking(UNLOCKS)
}
