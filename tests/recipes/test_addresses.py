"""Keys go where they were meant to go."""

from collections.abc import Iterator

import pytest

from figmill import ConfigError, Description, Item, NoData, Recipe
from figmill.recipes.addresses import check_addresses, covers


class Sending(Recipe):
    to: tuple[str, ...] = ()

    def addresses(self) -> tuple[str, ...]:
        return self.to

    def items(self) -> Iterator[Item]:
        raise AssertionError("listing may send something")

    def describe(self, item: Item) -> Description:
        raise NoData("Nothing.")


@pytest.mark.parametrize(
    "address",
    [
        "https://api.openai.com",
        "https://api.openai.com/",
        "https://api.openai.com/v1",
        "https://API.OpenAI.com:443/v1/",
    ],
)
def test_the_providers_own_address_needs_no_leave(address: str) -> None:
    check_addresses(Sending(to=(address,)))


@pytest.mark.parametrize(
    "address",
    [
        "http://api.openai.com/v1",
        "https://api.openai.com:8443/v1",
        "https://api.openai.com.evil.example/v1",
        "https://api.openai.com./v1",
        "https://api-openai.com/v1",
        "https://evil.example/api.openai.com",
        "https://evil.example#https://api.openai.com",
        "https://evil.example?https://api.openai.com",
        "https://api.openai.com@evil.example/v1",
        "https://api.openai.com:443@evil.example/v1",
        "https://api.openai.com\\@evil.example/v1",
        "https://evil.example\\.api.openai.com/v1",
        "https://api.openai.com\t.evil.example/v1",
        "https://api.openai.com\n@evil.example/v1",
        "https://api.openai.com%2eevil.example/v1",
        "https:/api.openai.com/v1",
        "https:api.openai.com",
        "//api.openai.com/v1",
        "ftp://api.openai.com",
        "https://\u0430pi.openai.com/v1",
        "https://api.opena\u0131.com/v1",
        "https://\u017fapi.openai.com/v1",
        " https://api.openai.com/v1",
        "https://api.openai.com/v1\n",
        "http://localhost:11434/v1",
        "http://127.0.0.1/v1",
        "http://[::1]/v1",
        "",
    ],
)
def test_any_other_is_refused_before_anything_is_listed(address: str) -> None:
    with pytest.raises(ConfigError, match="does not name") as caught:
        check_addresses(Sending(to=("https://api.openai.com/v1", address)))
    assert "--allow-address" in str(caught.value.hint)
    check_addresses(Sending(to=(address,)), [address])


def test_a_recipe_sends_nothing_unless_it_says_so() -> None:
    assert Recipe.addresses(Sending()) == ()


@pytest.mark.parametrize(
    ("allowed", "address", "covered"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1", True),
        ("http://localhost:11434/v1/", "http://localhost:11434/v1", True),
        ("http://localhost:11434/v1", "http://localhost:11434/v1/a", True),
        ("http://localhost:80", "http://LOCALHOST/v1", True),
        ("http://[::1]:8080", "http://[::1]:8080/v1", True),
        ("http://localhost:11434/v1", "http://localhost:11434/v10", False),
        ("http://localhost:11434/v1", "http://localhost:11434", False),
        ("http://localhost:11434/v1", "http://localhost:11434/v1/../v2", False),
        ("http://localhost:11434", "http://localhost:11435/v1", False),
        ("http://localhost", "https://localhost", False),
        ("localhost", "http://localhost/v1", False),
        ("", "http://localhost/v1", False),
    ],
)
def test_what_a_named_address_covers(allowed: str, address: str, covered: bool) -> None:
    assert covers(allowed, address) is covered
