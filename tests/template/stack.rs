//! The templates as CloudFormation would see them with given parameters.

use std::collections::BTreeMap;
use std::fs;

use serde_yaml_ng::{Mapping, Value};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const NESTED: &str = "AWS::CloudFormation::Stack";

/// The root template and the nested ones, with their parameters and conditions resolved. What only
/// AWS knows is in angle brackets: `<Table>` for `!Ref Table`, `<Table.Arn>` for `!GetAtt Table.Arn`.
/// A parameter of a nested template has the value that the root passes.
pub struct Stack {
    root: Template,
    nested: BTreeMap<String, Template>,
}

impl Stack {
    /// With the default of every parameter.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With those parameters, and the default of every other.
    pub fn with(given: &[(&str, &str)]) -> Self {
        let root = Template::root(given);
        let stacks = entries(root.section("Resources")).filter(|(_, r)| is_nested(r));
        let nested = stacks.map(|(name, resource)| {
            let properties = root.resolve(&resource["Properties"]).unwrap();
            (name, Template::nested(&properties))
        });
        let nested = nested.collect();
        let stack = Self { root, nested };
        let mut names = stack.resources();
        names.sort_unstable();
        assert!(
            names.is_sorted_by(|a, b| a < b),
            "two resources share a name"
        );
        stack
    }

    /// The names of the resources of every template.
    pub fn resources(&self) -> Vec<String> {
        let templates = self.templates();
        let names = templates.flat_map(|template| entries(template.section("Resources")));
        names.map(|(name, _)| name).collect()
    }

    /// The names of the parameters of the whole.
    pub fn parameters(&self) -> Vec<String> {
        let parameters = entries(self.root.section("Parameters"));
        parameters.map(|(name, _)| name).collect()
    }

    /// A parameter as the root template declares it.
    pub fn parameter(&self, name: &str) -> Value {
        self.root.section("Parameters")[name].clone()
    }

    /// The outputs of the whole, as other stacks and operators see them.
    pub fn outputs(&self) -> BTreeMap<String, String> {
        let outputs = entries(self.root.section("Outputs"));
        outputs
            .map(|(name, output)| (name, text(&self.output(&output["Value"]))))
            .collect()
    }

    /// The value of an output of the root, which may be that of a nested stack.
    fn output(&self, value: &Value) -> Value {
        if let Value::Tagged(tagged) = value
            && let Some((stack, output)) = tagged.value.as_str().unwrap().split_once(".Outputs.")
        {
            let template = &self.nested[stack];
            return template
                .resolve(&template.section("Outputs")[output]["Value"])
                .unwrap();
        }
        self.root.resolve(value).unwrap()
    }

    /// Every resource of a type: its name and its properties.
    pub fn of_type(&self, kind: &str) -> Vec<(String, Value)> {
        let names = self.resources().into_iter();
        names
            .map(|name| (name.clone(), self.resource(&name)))
            .filter(|(_, resource)| resource["Type"].as_str() == Some(kind))
            .map(|(name, resource)| (name, resource["Properties"].clone()))
            .collect()
    }

    /// The properties of a resource.
    pub fn properties(&self, name: &str) -> Value {
        self.resource(name)["Properties"].clone()
    }

    /// A resource, with its policies and metadata.
    pub fn resource(&self, name: &str) -> Value {
        let template = self.templates().find(|template| template.declares(name));
        let template = template.unwrap_or_else(|| unreachable!("there is no resource {name}"));
        template
            .resolve(&template.section("Resources")[name])
            .unwrap()
    }

    /// Whether a resource is created at all.
    pub fn has(&self, name: &str) -> bool {
        let mut nested = self.nested.iter();
        match nested.find(|(_, template)| template.declares(name)) {
            Some((stack, template)) => self.root.creates(stack) && template.creates(name),
            None => self.root.creates(name),
        }
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        // The root declares its nested stacks in the order in which a reader finds them.
        let order = entries(self.root.section("Resources"));
        let nested = order.filter_map(|(name, _)| self.nested.get(&name));
        std::iter::once(&self.root).chain(nested)
    }
}

fn is_nested(resource: &Value) -> bool {
    resource["Type"].as_str() == Some(NESTED)
}

/// One template, with a value for each of its parameters.
struct Template {
    body: Value,
    parameters: BTreeMap<String, Value>,
}

impl Template {
    fn read(path: &str) -> Value {
        let written = fs::read_to_string(format!("{REPOSITORY}/{path}")).unwrap();
        serde_yaml_ng::from_str(&written).unwrap()
    }

    /// The root template with those parameters, and the default of every other.
    fn root(given: &[(&str, &str)]) -> Self {
        let body = Self::read("template.yaml");
        let mut parameters: BTreeMap<_, _> = entries(&body["Parameters"])
            .map(|(name, parameter)| (name, parameter["Default"].clone()))
            .collect();
        for &(name, value) in given {
            let before = parameters.insert(name.to_owned(), Value::from(value));
            assert!(before.is_some(), "there is no parameter {name}");
        }
        Self { body, parameters }
    }

    /// The template of a nested stack with these properties.
    fn nested(properties: &Value) -> Self {
        let path = text(&properties["TemplateURL"]);
        let body = Self::read(&path);
        let passed = entries(&properties["Parameters"]);
        let parameters: BTreeMap<_, _> = passed.map(|(name, v)| (name, v.clone())).collect();
        let mut declared: Vec<_> = entries(&body["Parameters"]).map(|(name, _)| name).collect();
        declared.sort_unstable();
        assert!(
            declared.iter().eq(parameters.keys()),
            "parameters of {path}"
        );
        Self { body, parameters }
    }

    fn section(&self, name: &str) -> &Value {
        &self.body[name]
    }

    fn declares(&self, resource: &str) -> bool {
        !self.section("Resources")[resource].is_null()
    }

    /// Whether the condition of a resource holds, if it has one.
    fn creates(&self, resource: &str) -> bool {
        let condition = &self.section("Resources")[resource]["Condition"];
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
        let known = PSEUDO_PARAMETERS.contains(&resource) || self.declares(resource);
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
        self.holds(&self.section("Conditions")[name])
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

const PSEUDO_PARAMETERS: [&str; 4] = [
    "AWS::AccountId",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackName",
];

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
