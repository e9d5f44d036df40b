import dataclasses

import pytest

from hitl_relay.settings import Settings
from relay.kernel.settings import BadSettings, Secret, one_of, read_settings, setting, whole


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    port: int = setting("X_PORT", "Port.", parse=whole(0, 65535), default=80)
    level: str = setting("X_LEVEL", "Level.", parse=one_of("low", "high"), default="low")
    token: Secret = setting("X_TOKEN", "Token.", parse=Secret, default=Secret(""))


def test_without_an_environment_every_setting_has_its_default() -> None:
    assert read_settings(Sample, {}) == Sample()


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings(Sample, {"X_PORT": "", "X_LEVEL": ""}) == Sample()


def test_what_is_set_is_read() -> None:
    assert read_settings(Sample, {"X_PORT": "8000", "X_LEVEL": "high"}) == Sample(port=8000, level="high")


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        read_settings(Sample, {"X_PORT": "ninety", "X_LEVEL": "middling", "X_TOKEN": "abc"})
    port, level = str(refusal.value).splitlines()
    assert port == "X_PORT: must be a whole number from 0 to 65535, not 'ninety'"
    assert level == "X_LEVEL: must be one of low, high, not 'middling'"


@pytest.mark.parametrize("raw", ["1", "9", "10"])
def test_a_whole_number_within_its_range_is_taken(raw: str) -> None:
    assert whole(1, 10)(raw) == int(raw)


@pytest.mark.parametrize(
    "raw", ["0", "11", "-1", "1.5", "1e1", " 5", "5 ", "+5", "0x5", "\u0665", "\u00b2", "five", "1_0"]
)
def test_anything_else_is_not_a_whole_number_of_that_range(raw: str) -> None:
    with pytest.raises(ValueError, match="must be a whole number from 1 to 10"):
        whole(1, 10)(raw)


def test_a_secret_does_not_print_itself_inside_what_holds_it() -> None:
    sample = Sample(token=Secret("hunter2"))
    assert sample.token == "hunter2"
    assert "hunter2" not in repr(sample)
    assert "hunter2" not in repr([sample.token])
    assert "hunter2" not in f"{sample.token!r}"


BAD = [
    ("HITL_PORT", "65536"),
    ("HITL_PORT", "http"),
    ("HITL_PUBLIC_URL", "relay.example.org"),
    ("HITL_PUBLIC_URL", "ftp://relay.example.org"),
    ("HITL_PUBLIC_URL", "https://relay.example.org/relay"),
    ("HITL_PUBLIC_URL", "https://relay.example.org/?a=1"),
    ("HITL_PUBLIC_URL", "https://"),
    ("HITL_DATABASE_URL", "mysql://root@localhost/hitl"),
    ("HITL_LOG_LEVEL", "verbose"),
    ("HITL_LOG_FORM", "xml"),
    ("HITL_MAX_BODY", "1023"),
    ("HITL_RETENTION_DAYS", "0"),
    ("HITL_METRICS_TOKEN", "too short"),
    ("HITL_OUTBOUND", "maybe"),
    ("HITL_TRUSTED_PROXIES", "proxy.internal"),
    ("HITL_LIMITS", "asks"),
    ("HITL_LIMITS", "asks=many"),
    ("HITL_LIMITS", "asks=-1"),
    ("HITL_LIMITS", "asks=1, asks=2"),
    ("HITL_LIMITS", "=1"),
    ("HITL_LIMITS", "asks=1000000000"),
    ("HITL_OUTBOUND_ALLOW", "10.0.0.1/8"),
    ("HITL_OUTBOUND_ALLOW", "intranet"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"^{name}: must "):
        read_settings(Settings, {name: value})


@pytest.mark.parametrize("name", ["HITL_DATABASE_URL", "HITL_METRICS_TOKEN"])
def test_a_refused_secret_is_not_repeated(name: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        read_settings(Settings, {name: "pa55w0rd"})
    assert "pa55w0rd" not in str(refusal.value)


def test_secrets_of_the_relay_do_not_print() -> None:
    settings = read_settings(
        Settings, {"HITL_DATABASE_URL": "postgresql://u:pa55w0rd@h/d", "HITL_METRICS_TOKEN": "pa55w0rd" * 3}
    )
    assert settings.database_url.endswith("@h/d")
    assert "pa55w0rd" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://relay.example.org", "https://relay.example.org"),
        ("https://relay.example.org/", "https://relay.example.org"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000"),
    ],
)
def test_the_public_address_is_kept_without_a_path(given: str, kept: str) -> None:
    assert read_settings(Settings, {"HITL_PUBLIC_URL": given}).url == kept


def test_without_a_public_address_the_relay_is_on_this_machine() -> None:
    assert read_settings(Settings, {"HITL_PORT": "9000"}).url == "http://localhost:9000"


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_every_setting_has_a_variable_and_a_sentence(field: "dataclasses.Field[object]") -> None:
    assert field.metadata["env"] == f"HITL_{field.name.upper()}"
    assert field.metadata["doc"].endswith(".")
