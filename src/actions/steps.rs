//! Actions of several changes: what was done, what was refused, and what nobody knows, told apart.

use super::{Outcome, ReadBack, Reading, confirm};
use crate::tenant::TenantError;

/// How several changes went.
#[derive(Debug)]
pub(super) struct Steps {
    of: usize,
    done: usize,
    refused: Option<TenantError>,
    lost: Option<TenantError>,
}

impl Steps {
    /// None of so many is done yet.
    pub(super) fn of(of: usize) -> Self {
        Self {
            of,
            done: 0,
            refused: None,
            lost: None,
        }
    }

    /// Takes down how one went. The others are tried all the same: each of them makes the account safer.
    pub(super) fn note(&mut self, result: Result<(), TenantError>) {
        match result {
            Ok(()) => self.done += 1,
            Err(error) if error.outcome_is_unknown() => self.lost = Some(error),
            Err(error) => self.refused = Some(error),
        }
    }

    /// What it comes to. Reading back decides where nothing was refused.
    pub(super) async fn outcome<F, R>(self, read_back: &ReadBack, read: F) -> Outcome
    where
        F: Fn() -> R,
        R: Future<Output = Result<Reading, TenantError>>,
    {
        let Self {
            of,
            done,
            refused,
            lost,
        } = self;
        match (refused, lost) {
            (Some(why), None) if done == 0 => Outcome::Failed(why),
            (Some(why), _) => Outcome::Partial { done, of, why },
            (None, Some(lost)) => confirm(Err(lost), read_back, read).await,
            (None, None) => confirm(Ok(()), read_back, read).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> TenantError {
        TenantError::Denied {
            what: "x".into(),
            code: "accessDenied".into(),
            message: String::new(),
        }
    }

    fn lost() -> TenantError {
        TenantError::OutcomeUnknown {
            what: "x".into(),
            why: "closed".into(),
        }
    }

    async fn outcome(results: Vec<Result<(), TenantError>>, reading: Reading) -> Outcome {
        let mut steps = Steps::of(results.len());
        results.into_iter().for_each(|result| steps.note(result));
        let quick = ReadBack { pauses: vec![] };
        steps.outcome(&quick, || async { Ok(reading) }).await
    }

    #[tokio::test]
    async fn what_was_done_before_a_refusal_is_never_called_nothing() {
        let outcome = outcome(vec![Ok(()), Err(refused()), Ok(())], Reading::NotYet).await;
        assert!(
            matches!(outcome, Outcome::Partial { done: 2, of: 3, .. }),
            "{outcome:?}"
        );
    }

    #[tokio::test]
    async fn a_refusal_after_a_lost_answer_does_not_say_that_nothing_happened() {
        let outcome = outcome(vec![Err(lost()), Err(refused())], Reading::NotYet).await;
        assert!(
            matches!(outcome, Outcome::Partial { done: 0, of: 2, .. }),
            "{outcome:?}"
        );
    }

    #[tokio::test]
    async fn refusals_alone_changed_nothing_and_lost_answers_are_read_back() {
        assert!(matches!(
            outcome(vec![Err(refused())], Reading::Shows).await,
            Outcome::Failed(_)
        ));
        assert!(matches!(
            outcome(vec![Ok(()), Err(lost())], Reading::Shows).await,
            Outcome::Succeeded
        ));
        assert!(matches!(
            outcome(vec![Ok(()), Err(lost())], Reading::NotYet).await,
            Outcome::Unknown(_)
        ));
    }
}
