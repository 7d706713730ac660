//! SQL statements that are assembled at run time, with the numbered parameters that both engines understand.
//!
//! `sqlx::QueryBuilder<Any>` writes `?` placeholders, which PostgreSQL does not accept.

use super::database::{Conn, Result};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::error::BoxDynError;
use sqlx::{Any, Arguments as _, AssertSqlSafe, Decode, Encode, FromRow, Type};
use std::fmt::Write as _;

/// A statement under construction. Its text comes from the program only; every value is bound.
#[derive(Default)]
pub(super) struct SqlBuilder {
    text: String,
    arguments: AnyArguments,
    bind_error: Option<BoxDynError>,
}

impl SqlBuilder {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Appends SQL text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a parameter.
    pub(super) fn bind<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        if let Err(cause) = self.arguments.add(value) {
            self.bind_error = Some(cause);
        }
        // Writing to a `String` cannot fail.
        let _ = write!(self.text, "${}", self.arguments.len());
        self
    }

    /// Appends a list of parameters in parentheses. An empty list matches nothing.
    pub(super) fn bind_list<'t, T: Encode<'t, Any> + Type<Any>>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        self.push("(");
        let mut first = true;
        for value in values {
            if !std::mem::take(&mut first) {
                self.push(", ");
            }
            self.bind(value);
        }
        self.push(if first { "NULL)" } else { ")" })
    }

    fn build(self) -> Result<(AssertSqlSafe<String>, AnyArguments)> {
        match self.bind_error {
            Some(cause) => Err(sqlx::Error::Encode(cause)),
            None => Ok((AssertSqlSafe(self.text), self.arguments)),
        }
    }

    /// Executes the statement and returns the number of affected rows.
    pub(super) async fn execute(self, conn: &mut Conn) -> Result<u64> {
        let (text, arguments) = self.build()?;
        Ok(sqlx::query_with(text, arguments).execute(conn).await?.rows_affected())
    }

    /// Fetches all rows.
    pub(super) async fn fetch_all<T>(self, conn: &mut Conn) -> Result<Vec<T>>
    where
        T: Send + Unpin + for<'r> FromRow<'r, AnyRow>,
    {
        let (text, arguments) = self.build()?;
        sqlx::query_as_with(text, arguments).fetch_all(conn).await
    }

    /// Fetches the first row, if there is one.
    pub(super) async fn fetch_optional<T>(self, conn: &mut Conn) -> Result<Option<T>>
    where
        T: Send + Unpin + for<'r> FromRow<'r, AnyRow>,
    {
        let (text, arguments) = self.build()?;
        sqlx::query_as_with(text, arguments).fetch_optional(conn).await
    }

    /// Fetches the single value of the single row.
    pub(super) async fn fetch_scalar<T>(self, conn: &mut Conn) -> Result<T>
    where
        T: Send + Unpin + for<'r> Decode<'r, Any> + Type<Any>,
    {
        let (text, arguments) = self.build()?;
        sqlx::query_scalar_with(text, arguments).fetch_one(conn).await
    }
}
