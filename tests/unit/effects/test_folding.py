"""Names that code puts together from literal texts are those names."""

from __future__ import annotations

import pytest

from web4_governance.core.effects.folding import folded

FOLDED = [
    ("python", "__import__('o' + 's').system('a')", "os.system('a')"),
    ("python", "f('a' + \"b\")", "f('ab')"),
    ("javascript", "x['a'+'b']()", "x['ab']()"),
    ("perl", '$f = "sys"."tem"; &$f("a")', '$f = "system"; system("a")'),
    ("perl", '$f = "exec"; $f->("a")', '$f = "exec"; exec("a")'),
    ("perl", "system$_; exec@a", "system $_; exec @a"),
    ("php", '$f = "exec"; $f("a")', '$f = "exec"; exec("a")'),
    ("php", 'call_user_func("exec", "a")', 'exec("a")'),
    ("php", 'array_map("exec", ["a"])', 'exec("a"])'),
    ("php", 'call_user_func(strrev("x"), 1)', '__put_together(strrev("x"), 1)'),
    ("ruby", '"sys#{"tem"}"', '"system"'),
    ("lua", 'os["ex".."ec"]', "os.exec"),
    ("lua", '_G["os"]["exec"]', "os.exec"),
    ("php", '("sys"."tem")("a")', 'system("a")'),
    ("php", '$a = "ex"; $a .= "ec"; $a("b")', '$a = "ex"; $a .= "ec"; exec("b")'),
    ("ruby", "method(:system).call('a')", "system('a')"),
    ("ruby", "Object.const_get('File' + 'Utils').rm_rf('a')", "FileUtils.rm_rf('a')"),
    ("ruby", "Kernel.const_get(:FileUtils).rm_rf('a')", "FileUtils.rm_rf('a')"),
    ("javascript", "x[['a', 'b'].join('')]", "x['ab']"),
]
KEPT = [
    ("python", "print('+', 'a', '+')"),
    ("python", "'it' + \"'s\""),
    ("python", "__import__('base64')"),
    ("perl", '$x =~ s/system$/y/; "system"'),
    ("php", "$f = fn($x) => $x; $f(1)"),
    ("php", "call_user_func($f, 1)"),
    ("ruby", '"a#{b}"'),
    ("python", "'open"),
    ("lua", 't = {["a"]=1}'),
    ("php", '("a") . $b'),
    ("ruby", "method(:a).owner"),
    ("ruby", "Object.const_get(name)"),
    ("javascript", "[a, b].join('')"),
]


@pytest.mark.parametrize(("language", "code", "plain"), FOLDED)
def test_what_literal_texts_make_is_written_out(language: str, code: str, plain: str) -> None:
    """So that a call is known by its name, however that is spelled."""
    assert folded(code, language) == plain


@pytest.mark.parametrize(("language", "code"), KEPT)
def test_what_is_no_such_name_stays(language: str, code: str) -> None:
    """A sign in a text joins nothing, and a function of one's own is no name of another."""
    assert folded(code, language) == code


def test_a_long_text_costs_no_more_than_its_length() -> None:
    """Literals are counted, and what is past the bound stays as it is."""
    code = " + ".join(["'a'"] * 1000)
    assert folded(code, "python").count("'a'") > 0
