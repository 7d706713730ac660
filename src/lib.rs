//! RoamKit.
