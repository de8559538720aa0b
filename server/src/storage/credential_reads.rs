//! Who has read the credentials of registries, and when last.

use super::database::Connection;
use super::error::Result;
use super::sets::{MOST_IN_A_SET, placeholders};
use sqlx::AssertSqlSafe;

/// Who reads the credentials of a registry.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ConsumerRecord {
    pub registry_id: String,
    /// The name of the token or the person.
    pub consumer: String,
    /// From how many addresses.
    pub addresses: i64,
    /// When last. Milliseconds since 1970.
    pub last_read_at: i64,
}

/// A read.
#[derive(Clone, Copy)]
pub struct Read<'a> {
    pub registry_id: &'a str,
    pub consumer: &'a str,
    pub address: &'a str,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Stores a read, in place of an earlier one by the same consumer from the same address. `id` is for a new row.
pub async fn insert(connection: &mut Connection, id: &str, read: Read<'_>) -> Result<()> {
    connection
        .query(
            "insert into credential_read (id, registry_id, consumer, address, last_read_at) values ($1, $2, $3, $4, $5)
             on conflict (registry_id, consumer, address) do update set last_read_at = excluded.last_read_at",
        )
        .bind(id)
        .bind(read.registry_id)
        .bind(read.consumer)
        .bind(read.address)
        .bind(read.at)
        .execute()
        .await?;
    Ok(())
}

/// Deletes what was read from one registry before this time.
pub async fn delete_before(connection: &mut Connection, registry_id: &str, time: i64) -> Result<()> {
    let delete = connection.query("delete from credential_read where registry_id = $1 and last_read_at < $2");
    delete.bind(registry_id).bind(time).execute().await?;
    Ok(())
}

/// Who has read the credentials of these registries since this time, the last reader first.
pub async fn consumers(connection: &mut Connection, ids: &[String], since: i64) -> Result<Vec<ConsumerRecord>> {
    let mut found: Vec<ConsumerRecord> = Vec::new();
    for some in ids.chunks(MOST_IN_A_SET) {
        let sql = format!(
            "select registry_id, consumer, count(*) as addresses, max(last_read_at) as last_read_at
             from credential_read where last_read_at >= $1 and registry_id in {} group by registry_id, consumer",
            placeholders(2, some.len()),
        );
        let query = connection.query(AssertSqlSafe(sql)).persistent(false).bind(since).bind_all(some);
        found.extend(query.fetch_all::<ConsumerRecord>().await?);
    }
    found.sort_by(|a, b| (b.last_read_at, &a.consumer).cmp(&(a.last_read_at, &b.consumer)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::image_registries::tests::create_one;
    use crate::storage::testing::on_both_engines;

    #[tokio::test]
    async fn consumers_are_counted_by_address_and_forgotten_after_a_while() {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let mut transaction = storage.write().await.unwrap();
            for (id, consumer, address, at) in [
                ("a", "nodes", "10.0.0.1", 1),
                ("b", "nodes", "10.0.0.2", 5),
                ("c", "nodes", "10.0.0.1", 7),
                ("d", "ci", "::1", 3),
            ] {
                let read = Read { registry_id: "1", consumer, address, at };
                insert(&mut transaction, id, read).await.unwrap();
            }
            let found = |consumer: &str, addresses, last_read_at| ConsumerRecord {
                registry_id: "1".to_owned(),
                consumer: consumer.to_owned(),
                addresses,
                last_read_at,
            };
            let ids = ["1".to_owned(), "gone".to_owned()];
            let all = consumers(&mut transaction, &ids, 0).await.unwrap();
            assert_eq!(all, [found("nodes", 2, 7), found("ci", 1, 3)]);
            assert_eq!(consumers(&mut transaction, &ids, 6).await.unwrap(), [found("nodes", 1, 7)]);
            delete_before(&mut transaction, "1", 7).await.unwrap();
            assert_eq!(consumers(&mut transaction, &ids, 0).await.unwrap(), [found("nodes", 1, 7)]);
        })
        .await;
    }
}
