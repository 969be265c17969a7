//! The template as CloudFormation would see it with given parameters.

use std::collections::BTreeMap;
use std::fs;

use serde_yaml_ng::{Mapping, Value};

const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");

/// The template with its parameters and conditions put in. What only AWS knows stands in angle
/// brackets: `<Table>` for `!Ref Table`, `<Table.Arn>` for `!GetAtt Table.Arn`.
pub struct Stack {
    template: Value,
    parameters: BTreeMap<String, Value>,
}

impl Stack {
    /// With the default of every parameter.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With those parameters, and the default of every other.
    pub fn with(given: &[(&str, &str)]) -> Self {
        let template: Value =
            serde_yaml_ng::from_str(&fs::read_to_string(TEMPLATE).unwrap()).unwrap();
        let mut parameters: BTreeMap<_, _> = entries(&template["Parameters"])
            .map(|(name, parameter)| (name, parameter["Default"].clone()))
            .collect();
        for &(name, value) in given {
            let before = parameters.insert(name.to_owned(), Value::from(value));
            assert!(before.is_some(), "there is no parameter {name}");
        }
        Self {
            template,
            parameters,
        }
    }

    /// The names of the parameters, or of whatever else the template lists under `section`.
    pub fn names(&self, section: &str) -> Vec<String> {
        entries(&self.template[section])
            .map(|(name, _)| name)
            .collect()
    }

    /// A parameter as the template declares it.
    pub fn parameter(&self, name: &str) -> Value {
        self.template["Parameters"][name].clone()
    }

    /// Every resource of a type: its name and its properties.
    pub fn of_type(&self, kind: &str) -> Vec<(String, Value)> {
        entries(&self.template["Resources"])
            .filter(|(_, resource)| resource["Type"].as_str() == Some(kind))
            .map(|(name, _)| (name.clone(), self.properties(&name)))
            .collect()
    }

    /// The properties of a resource.
    pub fn properties(&self, name: &str) -> Value {
        self.resource(name)["Properties"].clone()
    }

    /// A resource, with its policies and metadata.
    pub fn resource(&self, name: &str) -> Value {
        let resource = &self.template["Resources"][name];
        assert!(!resource.is_null(), "there is no resource {name}");
        self.resolve(resource).unwrap()
    }

    /// Whether a resource is made at all.
    pub fn has(&self, name: &str) -> bool {
        let condition = &self.template["Resources"][name]["Condition"];
        condition.as_str().is_none_or(|name| self.condition(name))
    }

    /// Nothing for `AWS::NoValue`.
    fn resolve(&self, value: &Value) -> Option<Value> {
        Some(match value {
            Value::Sequence(items) => items.iter().filter_map(|item| self.resolve(item)).collect(),
            Value::Mapping(mapping) => {
                let pairs = mapping.iter();
                let resolved = pairs.filter_map(|(k, v)| Some((k.clone(), self.resolve(v)?)));
                Value::Mapping(resolved.collect::<Mapping>())
            }
            Value::Tagged(tagged) => {
                let inner = &tagged.value;
                match tagged.tag.to_string().as_str() {
                    "!Ref" => return self.reference(inner.as_str().unwrap()),
                    "!GetAtt" => self.named(inner.as_str().unwrap()),
                    "!Sub" => self.substitute(inner.as_str().unwrap()).into(),
                    "!If" => {
                        let holds = self.condition(inner[0].as_str().unwrap());
                        return self.resolve(&inner[if holds { 1 } else { 2 }]);
                    }
                    other => unreachable!("{other} is new in the template"),
                }
            }
            plain => plain.clone(),
        })
    }

    fn reference(&self, name: &str) -> Option<Value> {
        match self.parameters.get(name) {
            Some(value) => Some(value.clone()),
            None if name == "AWS::NoValue" => None,
            None => Some(self.named(name)),
        }
    }

    fn named(&self, name: &str) -> Value {
        let resource = name.split('.').next().unwrap();
        let pseudo = ["AWS::Region", "AWS::StackName"].contains(&resource);
        // What SAM makes of the event `Queue` of the function `Consumer`.
        let generated = resource == "ConsumerQueue";
        let known = pseudo || generated || !self.template["Resources"][resource].is_null();
        assert!(known, "there is no resource {resource}");
        format!("<{name}>").into()
    }

    fn substitute(&self, text: &str) -> String {
        let mut parts = text.split("${");
        let mut substituted = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            substituted += self.reference(name).unwrap().as_str().unwrap();
            substituted += rest;
        }
        substituted
    }

    fn condition(&self, name: &str) -> bool {
        self.holds(&self.template["Conditions"][name])
    }

    fn holds(&self, condition: &Value) -> bool {
        let Value::Tagged(tagged) = condition else {
            unreachable!("a condition is a function")
        };
        match tagged.tag.to_string().as_str() {
            "!Not" => !self.holds(&tagged.value[0]),
            "!Equals" => self.resolve(&tagged.value[0]) == self.resolve(&tagged.value[1]),
            other => unreachable!("{other} is new in the template"),
        }
    }
}

/// The keys of a mapping with their values.
pub fn entries(mapping: &Value) -> impl Iterator<Item = (String, &Value)> {
    let entries = mapping.as_mapping().unwrap().iter();
    entries.map(|(key, value)| (key.as_str().unwrap().to_owned(), value))
}

/// A string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A number.
pub fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}
