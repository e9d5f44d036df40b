import pytest

from auth.oauth.redirects import Place, destination, matches, place_of, with_parameters

REGISTERED = (
    "http://127.0.0.1/cb",
    "http://[::1]:9/cb?x=1",
    "http://localhost:8080/cb",
    "https://app.example/cb",
    "com.example.app:/cb",
)


@pytest.mark.proves("auth.R9")
@pytest.mark.parametrize(
    "uri",
    [
        *REGISTERED,
        "http://127.0.0.1:51999/cb",
        "http://127.0.0.1:1/cb",
        "http://[::1]/cb?x=1",
        "http://[::1]:65535/cb?x=1",
        "http://localhost/cb",
        "http://localhost:3000/cb",
    ],
)
def test_a_loopback_address_may_come_with_any_port(uri: str) -> None:
    assert matches(REGISTERED, uri)


@pytest.mark.proves("auth.R9")
@pytest.mark.proves("auth.R10")
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:51999/other",
        "http://127.0.0.1:51999/cb/",
        "http://127.0.0.1:51999/cb?x=1",
        "http://127.0.0.1:51999/CB",
        "http://127.0.0.1:51999/cb#x",
        "http://127.0.0.1.evil/cb",
        "http://127.0.0.1:1@evil/cb",
        "http://evil@127.0.0.1/cb",
        "http://127.0.0.2/cb",
        "http://127.1/cb",
        "http://localhost.evil/cb",
        "http://LOCALHOST/cb",
        "http://localhost:99999/cb",
        "http://localhost:a/cb",
        "http://localhost\\@evil/cb",
        "http://[::1]/cb",
        "http://[::2]/cb?x=1",
        "https://localhost/cb",
        "https://app.example/cb/",
        "https://app.example:443/cb",
        "https://app.example:444/cb",
        "https://app.example/cb?x=1",
        "https://APP.example/cb",
        "https://app.example/./cb",
        "http://app.example/cb",
        "com.example.app:/cb/",
        "com.example.other:/cb",
        "",
    ],
)
def test_nothing_else_may_differ(uri: str) -> None:
    assert not matches(REGISTERED, uri)


@pytest.mark.proves("auth.R11")
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "ftp://app.example/cb",
        "myapp:/cb",
        "http://evil.example/cb",
        "http://192.168.1.4/cb",
        "http://0.0.0.0/cb",
        "https:///cb",
        "https://",
        "https://app.example/cb#frag",
        "https://app.example/cb#",
        "https://user@app.example/cb",
        "https://user:pw@app.example/cb",
        "https://app.example\\@evil/cb",
        "https://app.example /cb",
        "https://app.example/\ncb",
        "https://app.example/ü",
        "https://app.example:x/cb",
        "https://[::1",
        "//app.example/cb",
        "/cb",
        "cb",
        "",
        "https://app.example/" + "x" * 2000,
    ],
)
def test_no_program_may_register_an_address_like_this(uri: str) -> None:
    assert place_of(uri) is None


@pytest.mark.parametrize(
    ("uri", "place", "shown"),
    [
        ("https://claude.ai/api/mcp/auth_callback", Place.WEB, "claude.ai"),
        ("http://localhost:8080/callback", Place.LOOPBACK, "localhost:8080"),
        ("http://127.0.0.1/", Place.LOOPBACK, "127.0.0.1"),
        ("http://[::1]:4/cb", Place.LOOPBACK, "[::1]:4"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", Place.APP, "cursor:"),
        ("com.example.app:/cb", Place.APP, "com.example.app:"),
    ],
)
def test_a_human_is_told_what_an_address_leads_to(uri: str, place: Place, shown: str) -> None:
    assert (place_of(uri), destination(uri)) == (place, shown)


def test_an_answer_is_added_to_what_was_registered() -> None:
    added = with_parameters("https://app.example/cb?keep=%2F", {"code": "a b", "iss": "https://relay"})
    assert added == "https://app.example/cb?keep=%2F&code=a+b&iss=https%3A%2F%2Frelay"
    assert with_parameters("com.example.app:/cb", {"code": "x"}) == "com.example.app:/cb?code=x"
