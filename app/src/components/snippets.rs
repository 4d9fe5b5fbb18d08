//! Programs to copy, which verify a key.

use leptos::prelude::*;

use super::code::code_block;

fn languages(id: &str, programs: [(&'static str, String); 4]) -> AnyView {
    let items = programs
        .into_iter()
        .enumerate()
        .map(|(position, (language, code))| {
            let block = code_block(&format!("{id}-{position}"), code);
            view! {
                <details class="language" name=id.to_owned() open=position == 0>
                    <summary>{language}</summary>
                    {block}
                </details>
            }
        })
        .collect_view();
    view! { <div class="languages">{items}</div> }.into_any()
}

/// Programs that ask Latchkey about a credential.
pub fn verify_snippets(public_url: &str) -> AnyView {
    let url = format!("{public_url}/v1/verify");
    let curl = format!(
        "curl {url} \\\n  -H \"Authorization: Bearer $LATCHKEY_VERIFICATION_KEY\" \\\n  -H \"Content-Type: application/json\" \\\n  -d \"{{\\\"credential\\\": \\\"$API_KEY\\\"}}\""
    );
    let rust = format!(
        r#"// cargo add reqwest --features json && cargo add serde_json && cargo add tokio --features full
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {{
    let answer: serde_json::Value = reqwest::Client::new()
        .post("{url}")
        .bearer_auth(std::env::var("LATCHKEY_VERIFICATION_KEY")?)
        .json(&serde_json::json!({{ "credential": std::env::var("API_KEY")? }}))
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    println!("{{}} {{}}", answer["valid"], answer["code"]);
    Ok(())
}}"#
    );
    let node = format!(
        r#"// verify.mjs
const answer = await fetch("{url}", {{
  method: "POST",
  headers: {{
    "Authorization": `Bearer ${{process.env.LATCHKEY_VERIFICATION_KEY}}`,
    "Content-Type": "application/json",
  }},
  body: JSON.stringify({{ credential: process.env.API_KEY }}),
}});
if (!answer.ok) throw new Error(`Latchkey answered ${{answer.status}}`);
const {{ valid, code }} = await answer.json();
console.log(valid, code);"#
    );
    let python = format!(
        r#"import json, os, urllib.request

request = urllib.request.Request(
    "{url}",
    data=json.dumps({{"credential": os.environ["API_KEY"]}}).encode(),
    headers={{
        "Authorization": f"Bearer {{os.environ['LATCHKEY_VERIFICATION_KEY']}}",
        "Content-Type": "application/json",
    }},
)
with urllib.request.urlopen(request) as response:
    answer = json.load(response)
print(answer["valid"], answer["code"])"#
    );
    languages("verify", [("curl", curl), ("Rust", rust), ("Node", node), ("Python", python)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_name_this_installation() {
        let html = crate::shell::render(|| verify_snippets("https://keys.example"));
        assert_eq!(html.matches("https://keys.example/v1/verify").count(), 4);
    }
}
