//! What a gateway must know after a restart to reach its platform, such as the address of a conversation. The store
//! does not look into it.

use serde_json::Value;

use super::{Claim, Store, StoreError, sql};
use crate::chat::Platform;

impl Store {
    /// Keeps a reference, in the place of the one that was there.
    pub async fn put_reference(&self, platform: Platform, key: &str, value: &Value) -> Result<(), StoreError> {
        sqlx::query(sql::PUT_REFERENCE)
            .bind(platform.name())
            .bind(key)
            .bind(value.to_string())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Keeps a reference if there is none of this key: of many who try at once, one wins.
    pub async fn claim_reference(&self, platform: Platform, key: &str, value: &Value) -> Result<Claim, StoreError> {
        let claimed = sqlx::query(sql::CLAIM_REFERENCE)
            .bind(platform.name())
            .bind(key)
            .bind(value.to_string())
            .execute(&self.write)
            .await?;
        Ok(if claimed.rows_affected() == 1 {
            Claim::Won
        } else {
            Claim::Lost
        })
    }

    /// The reference of this key, if there is one.
    pub async fn reference(&self, platform: Platform, key: &str) -> Result<Option<Value>, StoreError> {
        let row: Option<(String,)> = sqlx::query_as(sql::READ_REFERENCE)
            .bind(platform.name())
            .bind(key)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|(value,)| serde_json::from_str(&value)).transpose()?)
    }

    /// Forgets the reference of this key.
    pub async fn forget_reference(&self, platform: Platform, key: &str) -> Result<(), StoreError> {
        sqlx::query(sql::FORGET_REFERENCE)
            .bind(platform.name())
            .bind(key)
            .execute(&self.write)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn a_reference_is_kept_replaced_and_forgotten() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let teams = Platform::Teams;
        assert_eq!(store.reference(teams, "a").await.unwrap(), None);
        store.put_reference(teams, "a", &json!(1)).await.unwrap();
        store.put_reference(teams, "a", &json!({"x": 2})).await.unwrap();
        assert_eq!(store.reference(teams, "a").await.unwrap(), Some(json!({"x": 2})));
        assert_eq!(store.reference(Platform::Slack, "a").await.unwrap(), None);
        assert_eq!(store.claim_reference(teams, "a", &json!(3)).await.unwrap(), Claim::Lost);
        store.forget_reference(teams, "a").await.unwrap();
        assert_eq!(store.claim_reference(teams, "a", &json!(3)).await.unwrap(), Claim::Won);
        assert_eq!(store.reference(teams, "a").await.unwrap(), Some(json!(3)));
    }
}
