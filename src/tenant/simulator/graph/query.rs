//! OData query options: which of them a list takes, selecting, filtering, ordering, and paging by `@odata.nextLink`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::filter::{Filter, Operator, Place};
use crate::tenant::simulator::answer::{Answer, bad_request, malformed, unsupported_query};
use crate::tenant::simulator::call::Call;

/// The largest page that may be asked for.
const MAX_TOP: usize = 999;

/// What one path takes.
pub(super) struct Spec<'a> {
    /// The type's name, for errors: `microsoft.graph.user`.
    pub(super) entity: &'a str,
    /// The path in `@odata.context`.
    pub(super) context: &'a str,
    /// The options that it takes.
    pub(super) options: &'a [&'a str],
    /// The properties that can be selected.
    pub(super) properties: &'a [&'a str],
    /// The properties that can be filtered by, and how.
    pub(super) filters: &'a [(&'a str, &'a [Operator])],
    /// Whether it belongs to the directory, which tells basic from advanced queries.
    pub(super) store: Store,
}

/// Where the objects are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    /// The directory: some queries need `ConsistencyLevel: eventual` and `$count=true`.
    Directory,
    /// Elsewhere.
    Other,
}

/// The options of one request.
pub(super) struct Query {
    select: Option<Vec<String>>,
    filter: Option<Filter>,
    top: Option<usize>,
    order: Option<(String, Direction)>,
    count: bool,
    skip: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Query {
    /// Reads and checks the options.
    pub(super) fn read(call: &Call, spec: &Spec<'_>) -> Result<Self, Answer> {
        for (index, (name, _)) in call.query.iter().enumerate() {
            // A token for the next page belongs to every list, and only a list takes `$top`.
            let option = if name == "$skiptoken" { "$top" } else { name };
            if !spec.options.contains(&option) {
                return Err(bad_request(&format!(
                    "Unrecognized query argument specified: '{name}'."
                )));
            }
            if call.query[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(malformed(&format!(
                    "Query option '{name}' was specified more than once, but it must be specified at most once."
                )));
            }
        }
        let query = Self {
            select: call.option("$select").map(|list| selected(list, spec)).transpose()?,
            filter: call.option("$filter").map(filter).transpose()?,
            top: call.option("$top").map(top).transpose()?,
            order: call.option("$orderby").map(|order| ordered(order, spec)).transpose()?,
            count: call.option("$count").map(flag).transpose()?.unwrap_or_default(),
            skip: call.option("$skiptoken").map(skipped).transpose()?.unwrap_or_default(),
        };
        query.check_filter(spec)?;
        query.check_advanced(call, spec)?;
        Ok(query)
    }

    /// The filter.
    pub(super) fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// One object with the properties that were selected, or these.
    pub(super) fn entity(&self, call: &Call, spec: &Spec<'_>, row: &Value, usual: Option<&[&str]>) -> Value {
        let mut entity = Map::new();
        entity.insert("@odata.context".to_owned(), json!(self.context(call, spec, "/$entity")));
        entity.extend(self.project(row, usual));
        Value::Object(entity)
    }

    /// One page of a list: filtered, ordered, and linked to the next.
    pub(super) fn page(&self, call: &Call, spec: &Spec<'_>, rows: Rows<'_>) -> Value {
        let mut found: Vec<&Value> = rows
            .all
            .iter()
            .filter(|row| self.filter.as_ref().is_none_or(|filter| filter.passes(row)))
            .collect();
        if let Some((property, direction)) = &self.order {
            let key = |row: &Value| row[property.as_str()].as_str().unwrap_or_default().to_lowercase();
            found.sort_by_key(|row| key(row));
            if *direction == Direction::Down {
                found.reverse();
            }
        }
        let size = self.top.unwrap_or(rows.page_size);
        let end = self.skip.saturating_add(size).min(found.len());
        let items = found.get(self.skip..end).unwrap_or_default();
        let mut page = Map::new();
        page.insert("@odata.context".to_owned(), json!(self.context(call, spec, "")));
        if self.count {
            page.insert("@odata.count".to_owned(), json!(found.len()));
        }
        if end < found.len() {
            page.insert("@odata.nextLink".to_owned(), json!(next_link(call, end)));
        }
        let items = items.iter().map(|row| Value::Object(self.project(row, rows.usual)));
        page.insert("value".to_owned(), items.collect());
        Value::Object(page)
    }

    fn context(&self, call: &Call, spec: &Spec<'_>, end: &str) -> String {
        let selected = self.select.as_ref().map(|names| format!("({})", names.join(",")));
        let (origin, path) = (call.origin(), spec.context);
        format!("{origin}/v1.0/$metadata#{path}{}{end}", selected.unwrap_or_default())
    }

    fn project(&self, row: &Value, usual: Option<&[&str]>) -> Map<String, Value> {
        let Some(row) = row.as_object() else {
            return Map::new();
        };
        let wanted = |name: &str| match (&self.select, usual) {
            _ if name.starts_with('@') => true,
            (Some(selected), _) => selected.iter().any(|selected| selected == name),
            (None, Some(usual)) => usual.contains(&name),
            (None, None) => true,
        };
        let kept = row.iter().filter(|(name, _)| wanted(name));
        let mut kept: Map<_, _> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        for name in self.select.iter().flatten() {
            // A collection without items is an empty list, and anything else that is not there is null.
            let absent = if name.ends_with('s') && COLLECTIONS.contains(&name.as_str()) {
                json!([])
            } else {
                Value::Null
            };
            kept.entry(name.clone()).or_insert(absent);
        }
        kept
    }

    fn check_filter(&self, spec: &Spec<'_>) -> Result<(), Answer> {
        for (test, place) in self.filter.iter().flat_map(Filter::tests) {
            let known = spec.filters.iter().find(|(property, _)| *property == test.property);
            let collection = COLLECTIONS.contains(&test.property.as_str());
            let fits = collection == (place == Place::Collection);
            if !known.is_some_and(|(_, operators)| fits && operators.contains(&test.operator)) {
                return Err(unsupported_query(&format!(
                    "Unsupported or invalid query filter clause specified for property '{}' of resource '{}'.",
                    test.property, spec.entity
                )));
            }
        }
        Ok(())
    }

    /// In the directory, `ne`, `not`, `endsWith`, ordering a filtered list, and a collection among other conditions
    /// are advanced: they need `ConsistencyLevel: eventual` together with `$count=true`.
    fn check_advanced(&self, call: &Call, spec: &Spec<'_>) -> Result<(), Answer> {
        let eventual = call
            .header("consistencylevel")
            .is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
        if spec.store == Store::Other || (eventual && self.count) {
            return Ok(());
        }
        let Some(filter) = &self.filter else {
            return Ok(());
        };
        let collection = filter
            .tests()
            .into_iter()
            .find(|(_, place)| *place == Place::Collection);
        match collection {
            Some((test, _)) if !filter.is_single() => Err(unsupported_query(&format!(
                "Complex query on property {} is not supported.",
                test.property
            ))),
            _ if filter.negates() => Err(unsupported_query("Filter operator 'Not' is not supported.")),
            _ if self.order.is_some() => Err(unsupported_query("Sorting not supported for current query.")),
            _ => match filter.tests().iter().find(|(test, _)| advanced(test.operator)) {
                Some((test, _)) => Err(unsupported_query(&format!(
                    "Filter operator '{:?}' is not supported.",
                    test.operator
                ))),
                None => Ok(()),
            },
        }
    }
}

/// Rows to choose a page from.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// All of them.
    pub(super) all: &'a [Value],
    /// The properties that are shown where none are selected; all, if none are named.
    pub(super) usual: Option<&'a [&'a str]>,
    /// How many make a page where the client does not say.
    pub(super) page_size: usize,
}

/// Properties that hold lists.
const COLLECTIONS: [&str; 14] = [
    "proxyAddresses",
    "businessPhones",
    "assignedLicenses",
    "assignedPlans",
    "provisionedPlans",
    "identities",
    "imAddresses",
    "otherMails",
    "licenseAssignmentStates",
    "onPremisesProvisioningErrors",
    "serviceProvisioningErrors",
    "groupTypes",
    "servicePlans",
    "methodsRegistered",
];

fn advanced(operator: Operator) -> bool {
    matches!(operator, Operator::Ne | Operator::EndsWith)
}

fn selected(list: &str, spec: &Spec<'_>) -> Result<Vec<String>, Answer> {
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    for name in &names {
        if !spec.properties.contains(&name.as_str()) {
            return Err(malformed(&format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{}'.",
                spec.entity
            )));
        }
    }
    Ok(names)
}

fn filter(text: &str) -> Result<Filter, Answer> {
    Filter::parse(text).map_err(|why| malformed(&format!("Invalid filter clause: {why}")))
}

fn top(text: &str) -> Result<usize, Answer> {
    match text.parse() {
        Ok(top) if (1..=MAX_TOP).contains(&top) => Ok(top),
        _ => Err(unsupported_query(&format!(
            "Invalid page size specified: '{text}'. Must be between 1 and {MAX_TOP} inclusive."
        ))),
    }
}

fn ordered(text: &str, spec: &Spec<'_>) -> Result<(String, Direction), Answer> {
    let (property, direction) = match text.split_once(' ') {
        None => (text, Some(Direction::Up)),
        Some((property, "asc")) => (property, Some(Direction::Up)),
        Some((property, "desc")) => (property, Some(Direction::Down)),
        Some((property, _)) => (property, None),
    };
    match direction {
        Some(direction) if spec.properties.contains(&property) => Ok((property.to_owned(), direction)),
        _ => Err(malformed(&format!("Invalid orderby clause: '{text}'."))),
    }
}

fn flag(text: &str) -> Result<bool, Answer> {
    text.parse().map_err(|_| {
        malformed(&format!(
            "Invalid value '{text}' for $count query option found. Valid values are 'true' and 'false'."
        ))
    })
}

fn skipped(token: &str) -> Result<usize, Answer> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok()?.strip_prefix("after:")?.parse().ok())
        .ok_or_else(|| malformed("Skip token is not valid."))
}

/// The same request with a token that says where the next page begins.
fn next_link(call: &Call, after: usize) -> String {
    let mut options = form_urlencoded::Serializer::new(String::new());
    for (name, value) in call.query.iter().filter(|(name, _)| name != "$skiptoken") {
        options.append_pair(name, value);
    }
    options.append_pair("$skiptoken", &URL_SAFE_NO_PAD.encode(format!("after:{after}")));
    format!("{}{}?{}", call.origin(), call.raw_path, options.finish())
}
