//! The base paths of servers (`OpenAPI` 3.1 section 4.8.5): what stands before each path in a request.

use super::super::document::{DocumentError, Entry, Node, member};

/// The most base paths that one list of servers may come to.
const MAX_BASES: usize = 32;

/// The base paths of these servers, without a slash at the end, each once; where there are none, the root.
pub(super) fn bases(servers: Option<&Node>) -> Result<Vec<String>, DocumentError> {
    let Some(servers) = servers else { return Ok(vec![String::new()]) };
    let mut bases: Vec<String> = Vec::new();
    for server in servers.items("`servers`")? {
        for base in of_server(server)? {
            if !bases.contains(&base) {
                bases.push(base);
            }
        }
        if bases.len() > MAX_BASES {
            return Err(DocumentError::at(server.line, format!("the servers have more than {MAX_BASES} base paths")));
        }
    }
    Ok(if bases.is_empty() { vec![String::new()] } else { bases })
}

/// The base path for every value of the variables in the server's URL.
fn of_server(server: &Node) -> Result<Vec<String>, DocumentError> {
    let members = server.members("a server")?;
    let url = member(members, "url").ok_or_else(|| DocumentError::at(server.line, "`url` of a server is missing"))?;
    let variables = match member(members, "variables") {
        Some(variables) => variables.node.members("`variables`")?,
        None => &[],
    };
    let mut urls = vec![url.node.text("`url`")?.to_owned()];
    for variable in variables {
        let placeholder = format!("{{{}}}", variable.key);
        if !urls[0].contains(&placeholder) {
            continue;
        }
        let values = values(variable)?;
        urls = urls.iter().flat_map(|url| values.iter().map(|value| url.replace(&placeholder, value))).collect();
        if urls.len() > MAX_BASES {
            return Err(DocumentError::at(variable.line, "the variables of this server have too many values"));
        }
    }
    urls.iter().map(|with_values| base(with_values).map_err(|reason| DocumentError::at(url.line, reason))).collect()
}

/// All values that a variable may have: those that are listed, else its default.
fn values(variable: &Entry) -> Result<Vec<String>, DocumentError> {
    let members = variable.node.members("a variable of a server")?;
    let listed = match member(members, "enum") {
        Some(listed) => {
            listed.node.items("`enum`")?.iter().map(|value| value.text("a value")).collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    if listed.len() > MAX_BASES {
        return Err(DocumentError::at(variable.line, format!("more than {MAX_BASES} values of a variable")));
    }
    if !listed.is_empty() {
        return Ok(listed.into_iter().map(str::to_owned).collect());
    }
    let default = member(members, "default")
        .ok_or_else(|| DocumentError::at(variable.line, "`default` of a server's variable is missing"))?;
    Ok(vec![default.node.text("`default`")?.to_owned()])
}

/// The path of a server's URL, absolute or from the host on.
fn base(url: &str) -> Result<String, String> {
    let behind_host = |rest: &str| rest.find('/').map_or_else(String::new, |slash| rest[slash..].to_owned());
    let path = match url.split_once("://") {
        Some((_, rest)) => behind_host(rest),
        None => match url.strip_prefix("//") {
            Some(rest) => behind_host(rest),
            None if matches!(url, "" | "." | "./") => String::new(),
            None if url.starts_with('/') => url.to_owned(),
            None => {
                return Err(
                    "the URL of a server is absolute or starts with `/`: where this document is kept isn't known"
                        .to_owned(),
                );
            }
        },
    };
    if path.contains(['{', '}']) {
        return Err("a variable in the path of this server isn't described in `variables`".to_owned());
    }
    Ok(path.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::super::document::{DocumentFormat, read};
    use super::*;

    fn of(yaml: &str) -> Result<Vec<String>, DocumentError> {
        bases(Some(&read(yaml.as_bytes(), DocumentFormat::Yaml).unwrap()))
    }

    #[test]
    fn the_path_of_each_server_stands_before() {
        assert_eq!(bases(None).unwrap(), [""]);
        assert_eq!(of("[]").unwrap(), [""]);
        let servers = "[{url: 'https://a.example/v1/'}, {url: /v2}, {url: 'https://b.example'}, {url: '//c.example/v1'}, {url: /}]";
        assert_eq!(of(servers).unwrap(), ["/v1", "/v2", ""]);
    }

    #[test]
    fn variables_have_all_their_values() {
        let server = "[{url: '{scheme}://{host}/{version}', variables: {scheme: {default: https}, host: {default: a.example}, \
                       version: {enum: [v1, v2], default: v2}}}]";
        assert_eq!(of(server).unwrap(), ["/v1", "/v2"]);
        assert_eq!(of("[{url: '{base}', variables: {base: {default: /x}}}]").unwrap(), ["/x"]);
    }

    #[test]
    fn what_cannot_be_known_is_refused() {
        for servers in [
            "[{url: v1}]",
            "[{url: ../v1}]",
            "[{url: '/{version}'}]",
            "[{}]",
            "{}",
            "[x]",
            "[{url: '/{v}', variables: {v: {}}}]",
        ] {
            assert!(of(servers).is_err(), "{servers}");
        }
        let many: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        assert!(of(&format!("[{{url: '/{{v}}', variables: {{v: {{enum: [{}]}}}}}}]", many.join(", "))).is_err());
    }
}
