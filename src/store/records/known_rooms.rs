//! The chat rooms that are known as such.

/// The ids of groups that turned out to be chat rooms, in the order in which that was learnt. The service names a room like
/// a group in some places, so a conversation is a room as soon as anything said so.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct KnownRooms {
    ids: Vec<String>,
}

/// The number of ids that are kept. A room that was forgotten is learnt again.
const MAX_ROOMS: usize = 1_000;

impl KnownRooms {
    /// True if the group with this id is a chat room.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.ids.iter().any(|own| own == id)
    }

    /// Adds a room. Returns false if it was known.
    pub(crate) fn learn(&mut self, id: &str) -> bool {
        if self.contains(id) {
            return false;
        }
        self.ids.push(id.to_owned());
        self.ids.drain(..self.ids.len().saturating_sub(MAX_ROOMS));
        true
    }

    /// The ids.
    pub(crate) fn ids(&self) -> &[String] {
        &self.ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rooms_learnt_last_are_kept() {
        let mut rooms = KnownRooms::default();
        for id in 0..=MAX_ROOMS {
            assert!(rooms.learn(&id.to_string()));
        }
        assert!(!rooms.learn("1"));
        assert!(!rooms.contains("0") && rooms.contains("1"));
        assert_eq!(rooms.ids().len(), MAX_ROOMS);
    }
}
