//! Image registries, as people see and edit them. No record here includes the sealed password.

use super::columns::{PhaseColumn, ReportColumn};
use super::database::Connection;
use super::error::{Result, UniqueConstraint};
use super::query::Query;
use super::scope::Scope;
use super::sets::{MOST_IN_A_SET, placeholders};
use domain::{CheckReport, Name, Phase, RegistrySettings};
use sqlx::AssertSqlSafe;
use std::collections::HashSet;

const NAME_IN_WORKSPACE: UniqueConstraint = UniqueConstraint {
    name: "image_registry_workspace_id_name_key",
    columns: "image_registry.workspace_id, image_registry.name",
};

#[derive(sqlx::FromRow)]
pub struct StatusRecord {
    #[sqlx(try_from = "PhaseColumn")]
    pub phase: Phase,
    /// A sentence for people.
    pub reason: String,
    pub checked_at: Option<i64>,
    pub next_check_at: Option<i64>,
    /// The number of the last event that these data include.
    pub as_of: i64,
}

#[derive(sqlx::FromRow)]
pub struct TrustRecord {
    /// PEM.
    pub ca_certificates: Option<String>,
    pub skip_verification: bool,
    pub token_service: Option<String>,
}

/// Everything that people may see of a registry.
#[derive(sqlx::FromRow)]
pub struct DetailsRecord {
    pub id: String,
    pub name: String,
    pub workspace_id: String,
    /// The name of the workspace.
    pub workspace: String,
    pub url: String,
    pub repository: String,
    pub test_image: Option<String>,
    pub username: Option<String>,
    /// `None` if there is no password.
    pub password_set_at: Option<i64>,
    #[sqlx(flatten)]
    pub trust: TrustRecord,
    #[sqlx(flatten)]
    pub status: StatusRecord,
    /// When the registry entered this phase.
    pub phase_since: i64,
    /// When a check last succeeded.
    pub last_connected_at: Option<i64>,
    /// The steps of the last check.
    #[sqlx(try_from = "ReportColumn")]
    pub report: Option<CheckReport>,
    pub created_at: i64,
    /// The name of the account; `None` if it no longer exists.
    pub created_by: Option<String>,
    /// The name of the token; `None` if it was done on a page.
    pub created_by_token: Option<String>,
    pub updated_at: i64,
    /// As above.
    pub updated_by: Option<String>,
    pub updated_by_token: Option<String>,
    /// An object of texts, as JSON.
    pub labels: String,
    /// An object of texts, as JSON.
    pub annotations: String,
    /// Incremented by each edit.
    pub version: i64,
}

/// Enough to identify a registry.
#[derive(sqlx::FromRow)]
pub struct SummaryRecord {
    pub id: String,
    pub name: String,
    pub workspace_id: String,
    /// The name of the workspace.
    pub workspace: String,
    pub url: String,
    /// Counts changes.
    pub version: i64,
}

impl From<DetailsRecord> for SummaryRecord {
    fn from(record: DetailsRecord) -> Self {
        let DetailsRecord { id, name, workspace_id, workspace, url, version, .. } = record;
        Self { id, name, workspace_id, workspace, url, version }
    }
}

/// A username, and the password sealed by the vault.
#[derive(Clone, Copy)]
pub struct SealedCredentials<'a> {
    pub username: &'a str,
    /// Sealed.
    pub password: &'a str,
}

pub struct NewRegistryRecord<'a> {
    pub id: &'a str,
    pub workspace_id: &'a str,
    /// Unique within the workspace.
    pub name: &'a Name,
    pub settings: &'a RegistrySettings,
    /// `None` for anonymous access.
    pub credentials: Option<SealedCredentials<'a>>,
}

/// Who edits a registry, and when.
#[derive(Clone, Copy)]
pub struct Edit<'a> {
    /// `None` for a token that belongs to a workspace.
    pub account_id: Option<&'a str>,
    /// The name of the token, if there is one.
    pub token_name: Option<&'a str>,
    /// Milliseconds since 1970.
    pub now: i64,
    /// When the first check is due; `None` if only a person can ask for it.
    pub next_check_at: Option<i64>,
}

/// The columns of a [`DetailsRecord`].
pub(super) const SELECT_DETAILS: &str =
    "select r.id, r.name, r.workspace_id, w.name as workspace, r.url, r.repository, r.test_image, r.username, r.password_set_at,
    r.ca_certificates, r.skip_verification, r.token_service, r.phase, r.reason, r.checked_at, r.next_check_at,
    r.phase_since, r.last_connected_at, r.report, r.created_at, c.name as created_by, r.updated_at,
    u.name as updated_by, r.created_by_token, r.updated_by_token, r.labels, r.annotations, r.version, (select number from event_counter) as as_of
    from image_registry r join workspace w on w.id = r.workspace_id
    left join account c on c.id = r.created_by left join account u on u.id = r.updated_by";

/// How many registries are in each phase.
pub async fn count_by_phase(connection: &mut Connection) -> Result<Vec<(&'static str, i64)>> {
    let counted = connection.query("select phase, count(*) from image_registry group by phase");
    let counted: Vec<(String, i64)> = counted.fetch_all().await?;
    let count_of =
        |phase: Phase| counted.iter().find(|(name, _)| name == phase.as_str()).map_or(0, |(_, count)| *count);
    Ok(Phase::ALL.map(|phase| (phase.as_str(), count_of(phase))).to_vec())
}

/// The first names of the registries in a workspace, sorted.
pub async fn names_in(connection: &mut Connection, workspace_id: &str, limit: u32) -> Result<Vec<String>> {
    let names = connection.query("select name from image_registry where workspace_id = $1 order by name limit $2");
    names.bind(workspace_id).bind(i64::from(limit)).fetch_scalars().await
}

/// The registry with this name in the workspace with that name.
pub async fn by_name(
    connection: &mut Connection,
    scope: Scope<'_>,
    workspace: &str,
    name: &str,
) -> Result<Option<DetailsRecord>> {
    let (within, values) = scope.and("r.workspace_id", 3);
    let sql = format!("{SELECT_DETAILS} where w.name = $1 and r.name = $2{within}");
    connection.query(AssertSqlSafe(sql)).bind(workspace).bind(name).bind_all(&values).fetch_optional().await
}

pub async fn by_id(connection: &mut Connection, scope: Scope<'_>, id: &str) -> Result<Option<DetailsRecord>> {
    let (within, values) = scope.and("r.workspace_id", 2);
    let sql = format!("{SELECT_DETAILS} where r.id = $1{within}");
    connection.query(AssertSqlSafe(sql)).bind(id).bind_all(&values).fetch_optional().await
}

/// A registry at a host that several may share.
#[derive(sqlx::FromRow)]
pub struct RegistryAtHost {
    #[sqlx(flatten)]
    pub registry: SummaryRecord,
    pub repository: String,
    /// Whether access is not anonymous.
    pub has_credentials: bool,
}

/// The registries at `host[:port]`, over https or http.
pub async fn at_authority(
    connection: &mut Connection,
    scope: Scope<'_>,
    authority: &str,
) -> Result<Vec<RegistryAtHost>> {
    let (within, values) = scope.and("r.workspace_id", 3);
    let sql = format!(
        "select r.id, r.name, r.workspace_id, w.name as workspace, r.url, r.version, r.repository,
             r.username is not null as has_credentials
         from image_registry r join workspace w on w.id = r.workspace_id where r.url in ($1, $2){within}
         order by w.name, r.name"
    );
    let urls = ["https", "http"].map(|scheme| format!("{scheme}://{authority}"));
    connection.query(AssertSqlSafe(sql)).bind_all(&urls).bind_all(&values).fetch_all().await
}

/// The existing registries among these ids, sorted by workspace and name.
pub async fn summaries(connection: &mut Connection, scope: Scope<'_>, ids: &[String]) -> Result<Vec<SummaryRecord>> {
    let mut found: Vec<SummaryRecord> = Vec::with_capacity(ids.len());
    for some in ids.chunks(MOST_IN_A_SET) {
        let (within, values) = scope.and("r.workspace_id", some.len() + 1);
        let sql = format!(
            "select r.id, r.name, r.workspace_id, w.name as workspace, r.url, r.version
             from image_registry r join workspace w on w.id = r.workspace_id where r.id in {}{within}",
            placeholders(1, some.len()),
        );
        let query = connection.query(AssertSqlSafe(sql)).persistent(false).bind_all(some).bind_all(&values);
        found.extend(query.fetch_all::<SummaryRecord>().await?);
    }
    found.sort_by(|a, b| (&a.workspace, &a.name).cmp(&(&b.workspace, &b.name)));
    // A repeated id may have been found by two statements.
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// Stores a new registry.
///
/// # Errors
/// [`StorageError::NameTaken`] if the workspace already has a registry with this name.
pub async fn insert(connection: &mut Connection, new: NewRegistryRecord<'_>, edit: Edit<'_>) -> Result<()> {
    let NewRegistryRecord { id, workspace_id, name, settings, credentials } = new;
    let statement = connection.query(
        "insert into image_registry (url, repository, test_image, ca_certificates, skip_verification, token_service,
         id, workspace_id, name, username, password_sealed, password_set_at,
         phase_since, next_check_at, asked_at, created_at, created_by, updated_at, updated_by,
         created_by_token, updated_by_token)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $13, $15, $13, $15, $16, $16)",
    );
    bind_settings(statement, settings)
        .bind(id)
        .bind(workspace_id)
        .bind(name.as_str())
        .bind(credentials.map(|credentials| credentials.username))
        .bind(credentials.map(|credentials| credentials.password))
        .bind(credentials.map(|_| edit.now))
        .bind(edit.now)
        .bind(edit.next_check_at)
        .bind(edit.account_id)
        .bind(edit.token_name)
        .execute()
        .await
        .map_err(|error| error.or_name_taken(NAME_IN_WORKSPACE))?;
    Ok(())
}

/// Updates a registry and increments its version. Its status is reset, because results for the old settings do not
/// apply to the new ones.
pub async fn update(connection: &mut Connection, id: &str, settings: &RegistrySettings, edit: Edit<'_>) -> Result<()> {
    let statement = connection.query(
        "update image_registry set url = $1, repository = $2, test_image = $3, ca_certificates = $4,
         skip_verification = $5, token_service = $6, updated_at = $7, updated_by = $8, version = version + 1,
         phase = 'Pending', reason = 'not checked yet', phase_since = $7, checked_at = null, report = null, failures = 0,
         next_check_at = $9, asked_at = $9, leased_by = null, leased_until = null, updated_by_token = $10 where id = $11",
    );
    bind_settings(statement, settings)
        .bind(edit.now)
        .bind(edit.account_id)
        .bind(edit.next_check_at)
        .bind(edit.token_name)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Binds `$1` to `$6`: URL, repository, test image, CA certificates, whether to skip verification, token service.
fn bind_settings<'c>(statement: Query<'c>, settings: &RegistrySettings) -> Query<'c> {
    let trust = &settings.connection.trust;
    statement
        .bind(settings.connection.url.to_string())
        .bind(settings.repository.as_str())
        .bind(settings.test_image.as_ref().map(ToString::to_string))
        .bind(trust.authorities.as_ref().map(domain::CaCertificates::as_str))
        .bind(trust.skip_verification)
        .bind(trust.token_service.as_ref().map(domain::TokenService::as_str))
}

/// Replaces the labels and annotations of a registry, each an object of texts, as JSON.
pub async fn set_metadata(connection: &mut Connection, id: &str, labels: &str, annotations: &str) -> Result<()> {
    let update = connection.query("update image_registry set labels = $1, annotations = $2 where id = $3");
    update.bind(labels).bind(annotations).bind(id).execute().await?;
    Ok(())
}

/// Replaces or removes the credentials of a registry.
pub async fn set_credentials(
    connection: &mut Connection,
    id: &str,
    credentials: Option<SealedCredentials<'_>>,
    now: i64,
) -> Result<()> {
    connection
        .query("update image_registry set username = $1, password_sealed = $2, password_set_at = $3 where id = $4")
        .bind(credentials.map(|credentials| credentials.username))
        .bind(credentials.map(|credentials| credentials.password))
        .bind(credentials.map(|_| now))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Deletes these registries. Returns the ids of those that existed.
pub async fn delete(connection: &mut Connection, ids: &[String]) -> Result<HashSet<String>> {
    connection.lock_registries(ids).await?;
    let mut deleted = HashSet::new();
    for some in ids.chunks(MOST_IN_A_SET) {
        let sql = format!("delete from image_registry where id in {} returning id", placeholders(1, some.len()));
        deleted.extend(
            connection.query(AssertSqlSafe(sql)).persistent(false).bind_all(some).fetch_scalars::<String>().await?,
        );
    }
    Ok(deleted)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::storage::testing::on_both_engines;
    use crate::storage::{Storage, StorageError, accounts, workspaces};
    use domain::{ConnectionSettings, RegistryUrl, Repository, TrustPolicy};

    const EDIT: Edit<'_> = Edit { account_id: Some("anna"), token_name: None, now: 1, next_check_at: None };

    /// Stores one account, and `default/one` as the only registry.
    pub async fn create_one(storage: &Storage) {
        let mut transaction = storage.write().await.unwrap();
        let anna = accounts::NewAccountRecord { id: "anna", name: "anna", password_hash: "" };
        assert!(accounts::insert_first(&mut transaction, anna, 1).await.unwrap());
        create(&mut transaction, "1", "default", "one").await.unwrap();
        transaction.commit().await.unwrap();
    }

    pub async fn create(connection: &mut Connection, id: &str, workspace_id: &str, name: &str) -> Result<()> {
        let url = RegistryUrl::parse("https://Registry.example.com").unwrap();
        let settings = RegistrySettings {
            connection: ConnectionSettings { url, trust: TrustPolicy::default() },
            repository: Repository::parse("team/50_percent").unwrap(),
            test_image: None,
        };
        let name = Name::parse(name).unwrap();
        let new = NewRegistryRecord { id, workspace_id, name: &name, settings: &settings, credentials: None };
        insert(connection, new, EDIT).await
    }

    #[tokio::test]
    async fn only_a_duplicate_name_is_reported_as_taken() {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let attempt = async |id, workspace_id, name| {
                let mut transaction = storage.write().await.unwrap();
                create(&mut transaction, id, workspace_id, name).await
            };
            let taken = attempt("2", "default", "one").await;
            assert!(matches!(taken, Err(StorageError::NameTaken)), "{taken:?}");
            let same_id = attempt("1", "default", "two").await;
            assert!(matches!(same_id, Err(StorageError::Database(_))), "{same_id:?}");
            let no_workspace = attempt("3", "gone", "three").await;
            assert!(matches!(no_workspace, Err(StorageError::Database(_))), "{no_workspace:?}");
            let mut transaction = storage.write().await.unwrap();
            let workspace = workspaces::insert(&mut transaction, "w", "default", 1).await;
            assert!(matches!(workspace, Err(StorageError::NameTaken)), "{workspace:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_set_of_ids_may_exceed_the_variable_limit_and_include_unknown_ids() {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let mut ids: Vec<_> = (0..2 * MOST_IN_A_SET).map(|number| format!("gone{number}")).collect();
            ids.extend(["1".to_owned(), "1".to_owned()]);
            let found = summaries(&mut storage.reader().await.unwrap(), Scope::Everything, &ids).await.unwrap();
            assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["one"]);
            let mut transaction = storage.write().await.unwrap();
            let asked = crate::storage::checks::ask_for(&mut transaction, &ids, 1).await.unwrap();
            let deleted = delete(&mut transaction, &ids).await.unwrap();
            assert_eq!((&asked, &deleted), (&HashSet::from(["1".to_owned()]), &asked));
            assert!(delete(&mut transaction, &[]).await.unwrap().is_empty());
        })
        .await;
    }
}
