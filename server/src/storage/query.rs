//! A statement that runs on either engine.

use super::error::Result;
use super::postgres::PostgresConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query as EngineQuery;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Encode, FromRow, Postgres, Sqlite, SqliteConnection, Type};
use tokio::time::timeout;
use tracing::{Instrument, Span};

/// A statement whose values are being bound, and the connection that it will run on. The counterpart of
/// [`sqlx::query::Query`], which is for one engine.
#[must_use = "a statement does nothing until it is executed"]
pub struct Query<'c> {
    statement: Statement<'c>,
    /// What is logged meanwhile belongs to the statement.
    span: Span,
}

/// A statement for one of the engines.
pub enum Statement<'c> {
    Sqlite(EngineQuery<'static, Sqlite, SqliteArguments>, &'c mut SqliteConnection),
    Postgres(EngineQuery<'static, Postgres, PgArguments>, &'c mut PostgresConnection),
}

/// A value that both engines can store.
pub trait Bind<'t>: Encode<'t, Sqlite> + Type<Sqlite> + Encode<'t, Postgres> + Type<Postgres> {}

impl<'t, T: Encode<'t, Sqlite> + Type<Sqlite> + Encode<'t, Postgres> + Type<Postgres>> Bind<'t> for T {}

/// What a row of either engine is read into: a tuple, or a struct that derives [`FromRow`].
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>> Record for T {}

impl<'c> Query<'c> {
    pub fn new(statement: Statement<'c>, span: Span) -> Self {
        Self { statement, span }
    }

    /// Whether the connection keeps the statement prepared for the next time. Not if its text is hardly ever the same.
    pub fn persistent(self, value: bool) -> Self {
        let statement = match self.statement {
            Statement::Sqlite(query, connection) => Statement::Sqlite(query.persistent(value), connection),
            Statement::Postgres(query, connection) => Statement::Postgres(query.persistent(value), connection),
        };
        Self { statement, ..self }
    }

    /// Binds the value of the next placeholder.
    pub fn bind<'t>(self, value: impl Bind<'t>) -> Self {
        let statement = match self.statement {
            Statement::Sqlite(query, connection) => Statement::Sqlite(query.bind(value), connection),
            Statement::Postgres(query, connection) => Statement::Postgres(query.bind(value), connection),
        };
        Self { statement, ..self }
    }

    /// Binds the values of the next placeholders.
    pub fn bind_all(self, values: &[String]) -> Self {
        values.iter().fold(self, |query, value| query.bind(value.as_str()))
    }

    /// Returns the number of changed rows.
    pub async fn execute(self) -> Result<u64> {
        self.statement.execute().instrument(self.span).await
    }

    pub async fn fetch_all<T: Record>(self) -> Result<Vec<T>> {
        self.statement.fetch_all().instrument(self.span).await
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<T: Record>(self) -> Result<Option<T>> {
        self.statement.fetch_optional().instrument(self.span).await
    }

    /// The only row.
    pub async fn fetch_one<T: Record>(self) -> Result<T> {
        Ok(self.fetch_optional().await?.ok_or(sqlx::Error::RowNotFound)?)
    }

    /// The only column of every row.
    pub async fn fetch_scalars<T>(self) -> Result<Vec<T>>
    where
        (T,): Record,
    {
        Ok(self.fetch_all::<(T,)>().await?.into_iter().map(|(value,)| value).collect())
    }

    /// The only column of the only row.
    pub async fn fetch_scalar<T>(self) -> Result<T>
    where
        (T,): Record,
    {
        Ok(self.fetch_one::<(T,)>().await?.0)
    }
}

impl Statement<'_> {
    async fn execute(self) -> Result<u64> {
        Ok(match self {
            Self::Sqlite(query, connection) => query.execute(connection).await?.rows_affected(),
            Self::Postgres(query, connection) => {
                let done = timeout(connection.limit(), query.execute(connection.connection()?)).await;
                connection.within_limit(done.ok())?.rows_affected()
            }
        })
    }

    async fn fetch_all<T: Record>(self) -> Result<Vec<T>> {
        Ok(match self {
            Self::Sqlite(query, connection) => {
                let rows = query.fetch_all(connection).await?;
                rows.iter().map(T::from_row).collect::<Result<_, _>>()?
            }
            Self::Postgres(query, connection) => {
                let done = timeout(connection.limit(), query.fetch_all(connection.connection()?)).await;
                let rows = connection.within_limit(done.ok())?;
                rows.iter().map(T::from_row).collect::<Result<_, _>>()?
            }
        })
    }

    async fn fetch_optional<T: Record>(self) -> Result<Option<T>> {
        Ok(match self {
            Self::Sqlite(query, connection) => {
                query.fetch_optional(connection).await?.map(|row| T::from_row(&row)).transpose()?
            }
            Self::Postgres(query, connection) => {
                let done = timeout(connection.limit(), query.fetch_optional(connection.connection()?)).await;
                connection.within_limit(done.ok())?.map(|row| T::from_row(&row)).transpose()?
            }
        })
    }
}
