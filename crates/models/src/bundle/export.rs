//! Values for JSON, which has no form for numbers that are not finite: they are told as the texts inf, -inf and NaN. What
//! writes JSON would make each of them null, and a threshold that nothing is above could not be told from one that is
//! missing.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A value whose numbers are all told.
pub(super) struct Told<'a, T: ?Sized>(pub(super) &'a T);

impl<T: Serialize + ?Sized> Serialize for Told<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Telling(serializer))
    }
}

/// Hands everything on but numbers that are not finite.
struct Telling<S>(S);

/// Hands values without parts on as they are.
macro_rules! as_they_are {
    ($($method:ident($of:ty);)*) => {
        $(fn $method(self, value: $of) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        })*
    };
}

impl<S: Serializer> Serializer for Telling<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Telling<S::SerializeSeq>;
    type SerializeTuple = Telling<S::SerializeTuple>;
    type SerializeTupleStruct = Telling<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Telling<S::SerializeTupleVariant>;
    type SerializeMap = Telling<S::SerializeMap>;
    type SerializeStruct = Telling<S::SerializeStruct>;
    type SerializeStructVariant = Telling<S::SerializeStructVariant>;

    as_they_are! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_unit_struct(&'static str);
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        if value.is_finite() { self.0.serialize_f32(value) } else { self.0.collect_str(&value) }
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if value.is_finite() { self.0.serialize_f64(value) } else { self.0.collect_str(&value) }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Told(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, number, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Told(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, number, variant, &Told(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(Telling)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(Telling)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(Telling)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, number, variant, length).map(Telling)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(Telling)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(Telling)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, number, variant, length).map(Telling)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// Hands parts without names on, each told.
macro_rules! parts {
    ($($of:ident::$method:ident;)*) => {
        $(impl<S: $of> $of for Telling<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.$method(&Told(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })*
    };
}

parts! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// Hands parts with names on, each told.
macro_rules! fields {
    ($($of:ident;)*) => {
        $(impl<S: $of> $of for Telling<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), S::Error> {
                self.0.serialize_field(name, &Told(value))
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                self.0.skip_field(name)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })*
    };
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

impl<S: SerializeMap> SerializeMap for Telling<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Told(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde_json::{Value, json, to_value};

    use super::*;

    #[derive(Serialize)]
    struct New(f64);

    #[derive(Serialize)]
    struct Pair(f64, f32);

    #[derive(Serialize)]
    struct Named {
        some: Option<f64>,
        none: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<f64>,
    }

    #[derive(Serialize)]
    enum Kinds {
        Unit,
        New(f64),
        Tuple(f64, u8),
        Named { cell: f64 },
    }

    fn told(value: impl Serialize) -> Value {
        to_value(Told(&value)).unwrap()
    }

    #[test]
    fn numbers_that_json_has_no_form_for_are_texts_wherever_they_stand() {
        let (inf, least, nan) = (f64::INFINITY, f64::NEG_INFINITY, f64::NAN);
        assert_eq!(told([inf, least, nan, 0.5]), json!(["inf", "-inf", "NaN", 0.5]));
        assert_eq!(told((inf, vec![nan])), json!(["inf", ["NaN"]]));
        assert_eq!(told(New(inf)), json!("inf"));
        assert_eq!(told(Pair(1.0, f32::INFINITY)), json!([1.0, "inf"]));
        let named = Named { some: Some(inf), none: None, left_out: None };
        assert_eq!(told(named), json!({"some": "inf", "none": null}));
        assert_eq!(told(BTreeMap::from([("a", inf)])), json!({"a": "inf"}));
        let kinds =
            (Kinds::Unit, Kinds::New(inf), Kinds::Tuple(nan, 1), Kinds::Named { cell: inf });
        let expected = json!([
            "Unit", {"New": "inf"}, {"Tuple": ["NaN", 1]}, {"Named": {"cell": "inf"}}
        ]);
        assert_eq!(told(kinds), expected);
    }

    #[test]
    fn all_else_is_as_it_was() {
        let value = json!({"a": [1, -2, 0.25, "x", true, null], "b": {"c": 1e300}});
        assert_eq!(told(&value), value);
        assert_eq!(
            told(('x', (), i128::MIN < 0, 7_i8, "y".as_bytes())),
            json!(["x", null, true, 7, [121]])
        );
    }
}
