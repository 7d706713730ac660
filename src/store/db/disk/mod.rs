//! The copy on disk: IndexedDB; and, where there is none, in the page's memory, which JS makes look the same. JS opens it,
//! opens it again when the browser took it away (`WebKit` does so to pages in the background), makes it anew when it is
//! damaged, and says what its errors mean.

mod codec;
pub mod device;
mod news;
mod requests;
mod schema;
mod tx;

pub use codec::{Form, read, write};
pub use tx::{Answer, BackendTransaction};

use super::error::{DbError, Result};
use super::{Mode, TABLES, Table};
use requests::{Copy, fault, over};
use std::fmt;
use wasm_bindgen::prelude::*;

/// One database for each app, user and device. What parts the name from its neighbour cannot stand in a part.
pub fn name(app_key: &str, user: &str, device: &str) -> String {
    let part = |text: &str| {
        let mut part = Vec::new();
        for byte in text.bytes() {
            match byte {
                b'%' => part.extend_from_slice(b"%25"),
                b'/' => part.extend_from_slice(b"%2F"),
                other => part.push(other),
            }
        }
        String::from_utf8(part).unwrap_or_default()
    };
    format!("roamkit/{}/{}/{}", part(app_key), part(&user.to_ascii_lowercase()), part(device))
}

/// A copy's database, or what is in its place. Dropping it lets go of it.
pub struct Disk {
    copy: Copy,
    _tell: Closure<dyn FnMut(JsValue)>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("is_open", &self.is_open()).finish_non_exhaustive()
    }
}

impl Disk {
    /// Returns at once; the database is opened, or made, in the background. Tells what is wrong with it.
    pub fn open(name: &str, tell: impl Fn(DbError) + 'static) -> Self {
        let tell = Closure::<dyn FnMut(JsValue)>::new(move |said| tell(fault(&said)));
        let first = Table::Conversations.name();
        Self { copy: Copy::new(name, TABLES, first, &schema::renew(), tell.as_ref()), _tell: tell }
    }

    /// Begins a transaction, on the database opened anew if need be.
    pub async fn begin(&self, mode: Mode, tables: &[Table]) -> Result<BackendTransaction> {
        let names: Vec<_> = tables.iter().map(|table| table.name()).collect();
        let begun = self.copy.begin(&names.join(" "), mode == Mode::Readwrite);
        let begun = over(begun.map_err(|error| fault(&error))?).await?;
        Ok(BackendTransaction(begun.unchecked_into()))
    }

    /// Whether it is there.
    pub fn is_open(&self) -> bool {
        self.copy.is_open()
    }

    /// Whether it lasts only as long as the page. Waits until that is known.
    pub async fn is_in_memory(&self) -> Result<bool> {
        Ok(over(self.copy.is_in_memory().into()).await? == true)
    }

    /// Ends whatever runs on it, and the connection.
    pub fn let_go(&self) {
        self.copy.let_go();
    }

    /// Lets go of it for good.
    pub fn close(&self) {
        self.copy.close();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.close();
    }
}

/// Deletes a database. Other tabs let go of it when they hear of it; while one does not, it waits.
pub async fn delete(name: &str) -> Result<()> {
    over(requests::delete(name)).await.map(drop)
}
