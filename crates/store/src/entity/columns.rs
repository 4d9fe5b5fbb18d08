//! Reading columns as the domain's types. What can't be read is a corrupt row, never a guess.

use std::error::Error;
use std::str::FromStr;

use latchkey_core::hashing::SecretHash;
use latchkey_core::ports::StoreError;
use latchkey_types::{ScopeSet, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::{Decode, Row as _, Type};

use super::{Db, Row};
use crate::error::{corrupt, failed};

pub(super) fn get<'r, T: Decode<'r, Db> + Type<Db>>(row: &'r Row, column: &str) -> Result<T, StoreError> {
    row.try_get(column).map_err(failed)
}

pub(super) fn parsed<T>(row: &Row, column: &str) -> Result<T, StoreError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    get::<&str>(row, column)?.parse().map_err(|error| corrupt(format!("{column}: {error}")))
}

pub(super) fn parsed_option<T>(row: &Row, column: &str) -> Result<Option<T>, StoreError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: Option<&str> = get(row, column)?;
    text.map(str::parse).transpose().map_err(|error| corrupt(format!("{column}: {error}")))
}

/// Words with a space between them.
pub(super) fn words<T>(row: &Row, column: &str) -> Result<Vec<T>, StoreError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    get::<&str>(row, column)?
        .split_ascii_whitespace()
        .map(|word| word.parse().map_err(|error| corrupt(format!("{column}: {error}"))))
        .collect()
}

/// One of the words of a closed set.
pub(super) fn one_of<T: Copy>(
    row: &Row,
    column: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, StoreError> {
    let text: &str = get(row, column)?;
    find_word(text, all, word).ok_or_else(|| corrupt(format!("{column}: unknown word")))
}

pub(super) fn find_word<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|value| word(*value) == text)
}

pub(super) fn time(row: &Row, column: &str) -> Result<Timestamp, StoreError> {
    get(row, column).map(Timestamp::from_millis)
}

pub(super) fn time_option(row: &Row, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let millis: Option<i64> = get(row, column)?;
    Ok(millis.map(Timestamp::from_millis))
}

pub(super) fn number<T: TryFrom<i64, Error: Error + Send + Sync + 'static>>(
    row: &Row,
    column: &str,
) -> Result<T, StoreError> {
    T::try_from(get(row, column)?).map_err(corrupt)
}

pub(super) fn scopes(row: &Row, column: &str) -> Result<ScopeSet, StoreError> {
    ScopeSet::from_parameter(get(row, column)?).map_err(corrupt)
}

pub(super) fn object(row: &Row, column: &str) -> Result<Map<String, Value>, StoreError> {
    serde_json::from_str(get(row, column)?).map_err(corrupt)
}

pub(super) fn hash(row: &Row, column: &str) -> Result<SecretHash, StoreError> {
    get(row, column).map(SecretHash::from_phc)
}

/// A fixed number of bytes.
pub(super) fn bytes<const N: usize>(row: &Row, column: &str) -> Result<[u8; N], StoreError> {
    get::<&[u8]>(row, column)?.try_into().map_err(corrupt)
}

/// A JSON object for a TEXT column.
pub(super) fn json(object: &Map<String, Value>) -> String {
    serde_json::Value::Object(object.clone()).to_string()
}

/// JSON in a TEXT column that may be NULL.
pub(super) fn json_option<T: DeserializeOwned>(row: &Row, column: &str) -> Result<Option<T>, StoreError> {
    let text: Option<&str> = get(row, column)?;
    text.map(serde_json::from_str).transpose().map_err(corrupt)
}

/// For a TEXT column of JSON that may be NULL.
pub(super) fn to_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, StoreError> {
    value.map(serde_json::to_string).transpose().map_err(corrupt)
}

/// For a BIGINT column that may be NULL.
pub(super) fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}
