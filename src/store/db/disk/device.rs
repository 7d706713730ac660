//! Which device this is. Database `roamkit`, store `devices`, key `[appKey, user]`, value: the device id.
//!
//! In IndexedDB, not in `localStorage`, so that workers have the same.

use super::requests::{self, over};
use crate::error::{Code, Error, Result};
use crate::platform::{list, random_uuid};

/// The id of this device for that user, made once and kept. One device has one local copy.
pub async fn device_id(app_key: &str, user: &str) -> Result<String> {
    let key = list(vec![app_key.into(), user.to_ascii_lowercase().into()]);
    let made = passing_device_id()?;
    let kept = over(requests::device_id(&key, &made)).await?;
    Ok(kept.as_string().unwrap_or(made))
}

/// An id for as long as the page lives, where none can be kept.
pub fn passing_device_id() -> Result<String> {
    let uuid = random_uuid().map_err(|_| {
        let advice = "no random numbers here (crypto.getRandomValues); give a deviceId of your own";
        Error::new(Code::General, advice)
    })?;
    Ok(format!("webim_roamkit_{uuid}"))
}
