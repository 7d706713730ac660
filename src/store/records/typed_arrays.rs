//! Lists of numbers as typed arrays, for `#[serde(with = "…")]`: IndexedDB copies them in one piece.

/// One module for each kind of typed array.
macro_rules! typed_array {
    ($name:ident, $number:ty, $array:ident) => {
        pub(super) mod $name {
            use js_sys::$array;
            use serde::{Deserializer, Serializer};
            use serde_wasm_bindgen::preserve;

            pub(crate) fn serialize<S: Serializer>(numbers: &[$number], to: S) -> Result<S::Ok, S::Error> {
                preserve::serialize(&$array::from(numbers), to)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<$number>, D::Error> {
                Ok(preserve::deserialize::<D, $array>(from)?.to_vec())
            }
        }
    };
}

typed_array!(u8s, u8, Uint8Array);
typed_array!(u32s, u32, Uint32Array);
typed_array!(u64s, u64, BigUint64Array);
typed_array!(f64s, f64, Float64Array);

/// A number as a `BigInt`, if there is one.
pub(super) mod bigint {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives the field by reference")]
    pub(crate) fn serialize<S: Serializer>(number: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => to.serialize_u128((*number).into()),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        Option::deserialize(from)
    }
}
