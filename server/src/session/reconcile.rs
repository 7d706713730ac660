//! Comparison of online devices with the database. It finds sessions that ended, and envelopes that were
//! queued, through other nodes.

use crate::cluster::node::{DeviceCheck, DeviceChecker};
use crate::hub::{EndReason, OnlineDevice};
use crate::state::AppState;
use crate::store::database::Result;
use crate::store::{devices, queues};
use roamkit_wire::msync::StatisticsOperation;
use std::collections::HashMap;
use std::sync::Arc;

/// The number of devices in one query.
const CHUNK: usize = 500;

impl DeviceChecker for AppState {
    /// Wakes the devices that have new envelopes, and ends the sessions that are over.
    async fn check(&self, devices: DeviceCheck) {
        let devices = match devices {
            DeviceCheck::All => self.hub.all_devices(),
            DeviceCheck::OfUsers(users) => self.hub.devices_of(&users),
        };
        for devices in devices.chunks(CHUNK) {
            if let Err(cause) = reconcile(self, devices).await {
                tracing::warn!(%cause, "could not compare online devices with the database");
            }
        }
    }
}

async fn reconcile(state: &AppState, online: &[Arc<OnlineDevice>]) -> Result<()> {
    let ids: Vec<i64> = online.iter().map(|device| device.device).collect();
    let (statuses, newest) = {
        let mut conn = state.store.acquire().await?;
        (devices::session_status(&mut conn, &ids).await?, queues::newest(&mut conn, &ids).await?)
    };
    let statuses: HashMap<i64, _> = statuses.into_iter().map(|status| (status.device, status)).collect();
    let online: HashMap<i64, &Arc<OnlineDevice>> =
        online.iter().map(|device| (device.device, device)).collect();
    for device in online.values() {
        match statuses.get(&device.device) {
            None => device.end(EndReason::Kicked(StatisticsOperation::UserRemoved)),
            Some(status) if status.ended > device.session => {
                let operation = i32::try_from(status.ended_by).ok().and_then(|number| number.try_into().ok());
                let operation = operation.unwrap_or(StatisticsOperation::UserKickedByOtherDevice);
                device.end(EndReason::Kicked(operation));
            }
            Some(status) if status.session > device.session => device.end(EndReason::Replaced),
            Some(_) => {}
        }
    }
    for (device, queue, seq) in newest {
        if let Some(device) = online.get(&device) {
            device.wake_up_to(&queue, seq);
        }
    }
    Ok(())
}
