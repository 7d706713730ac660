//! Statements whose shape depends on what is asked for. Parameters are numbered: both engines read that.

use super::{Conn, Result};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::error::BoxDynError;
use sqlx::{Any, Arguments as _, AssertSqlSafe, Decode, Encode, FromRow, Type};
use std::fmt::Write as _;

/// A statement in the making. Its text is the program's own; everything else is bound.
#[derive(Default)]
pub(super) struct Sql {
    text: String,
    arguments: AnyArguments,
    /// What could not be bound.
    failed: Option<BoxDynError>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub(super) fn bind<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        if let Err(cause) = self.arguments.add(value) {
            self.failed = Some(cause);
        }
        // Writing to a text cannot fail.
        let _ = write!(self.text, "${}", self.arguments.len());
        self
    }

    /// Adds a list of values in brackets; an empty one matches nothing.
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

    fn ready(self) -> Result<(AssertSqlSafe<String>, AnyArguments)> {
        match self.failed {
            Some(cause) => Err(sqlx::Error::Encode(cause)),
            None => Ok((AssertSqlSafe(self.text), self.arguments)),
        }
    }

    /// Runs it; tells how many rows it changed.
    pub(super) async fn execute(self, conn: &mut Conn) -> Result<u64> {
        let (text, arguments) = self.ready()?;
        Ok(sqlx::query_with(text, arguments).execute(conn).await?.rows_affected())
    }

    /// Reads every row.
    pub(super) async fn rows<T>(self, conn: &mut Conn) -> Result<Vec<T>>
    where
        T: Send + Unpin + for<'r> FromRow<'r, AnyRow>,
    {
        let (text, arguments) = self.ready()?;
        sqlx::query_as_with(text, arguments).fetch_all(conn).await
    }

    /// Reads the first row, if there is one.
    pub(super) async fn row<T>(self, conn: &mut Conn) -> Result<Option<T>>
    where
        T: Send + Unpin + for<'r> FromRow<'r, AnyRow>,
    {
        let (text, arguments) = self.ready()?;
        sqlx::query_as_with(text, arguments).fetch_optional(conn).await
    }

    /// Reads the one value that there is.
    pub(super) async fn value<T>(self, conn: &mut Conn) -> Result<T>
    where
        T: Send + Unpin + for<'r> Decode<'r, Any> + Type<Any>,
    {
        let (text, arguments) = self.ready()?;
        sqlx::query_scalar_with(text, arguments).fetch_one(conn).await
    }
}
