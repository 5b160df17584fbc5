"""What words and values say about an axis: wavenumber or wavelength, absorbance or %T.

Pure decisions, shared by all formats. Words come from English, German, French, Spanish, Portuguese
and Italian instruments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from figmill.notes import Note
from figmill.spectra.spectrum import Evidence, Vector, XQuantity, YKind

# Ranges that instruments cover, with room to spare.
X_RANGES: dict[str, tuple[float, float]] = {
    "wavenumber": (5.0, 50_000.0),
    "wavelength": (100.0, 30_000.0),
    "raman_shift": (-4_500.0, 5_000.0),
    "unknown": (-np.inf, np.inf),
}
_FAR = 1e4
HIGHEST_ABSORBANCE = 12.0
"""No instrument measures a millionth of a millionth of the light."""

UNUSUAL: Mapping[str, tuple[str, float]] = {
    "A": ("nm", 0.1),
    "pm": ("nm", 0.001),
    "mm-1": ("cm-1", 10.0),
    "m-1": ("cm-1", 0.01),
}
"""Units of x that spectra are brought out of: into which, and by what factor."""

_X_WORDS: tuple[tuple[str, XQuantity, str], ...] = (
    (r"(?<![a-z])mm ?\^? ?\(?-1|1 ?/ ?mm\b", "wavenumber", "mm-1"),
    (r"(?<![a-z])m ?\^? ?\(?-1|1 ?/ ?m\b", "wavenumber", "m-1"),
    (r"angstr|wave ?length[^a-z]*[(\[] ?aa? ?[)\]]", "wavelength", "A"),
    (r"\bpm\b|picomet", "wavelength", "pm"),
    (
        r"raman|stokes|\bshift\b|verschiebung|\brel(\.|ative)? ?(1 ?/ ?cm|cm ?-1|wave ?number)",
        "raman_shift",
        "cm-1",
    ),
    (
        r"wave ?number|wellenzahl|nombres? d ?onde|numeros? d[ei] ?onda|numero d onda|onda cm"
        r"|\bkayser\b|\bwn\b|cm ?\^? ?-?\(?-1|1 ?/ ?cm|/ ?cm\b|cm\(-1\)|\bcm1\b|inverse cm",
        "wavenumber",
        "cm-1",
    ),
    (r"\b(um|micron|micrometers?|micrometres?|mikrometer)\b", "wavelength", "um"),
    (
        r"wave ?length|wellenlange|longueurs? d ?onde|longitud|lunghezza|comprimento",
        "wavelength",
        "",
    ),
    (r"\b(nm|nanometers?|nanometres?|lambda)\b", "wavelength", "nm"),
)
_Y_WORDS: tuple[tuple[str, YKind], ...] = (
    (r"kubelka|\bk ?- ?m\b|\bf ?\(r\)", "kubelka_munk"),
    (r"log\w* ?(10)? ?\(? ?1 ?/ ?r\b|pseudo ?-?absor", "log_inverse_reflectance"),
    (
        r"(log(10|arithm)?|lg) ?\(?( of)? ?(molar )?(epsilon|eps\b|ε|absorptivity|extinction coef)",
        "log_epsilon",
    ),
    (
        r"(absor[bp]tion|extin[kc]tion|attenuation|molar) ?s?-?coef\w*|absorptivity"
        r"|molar (absor|extin)\w*|(absorptions?|extinktions?)koef\w*|coef\w* d (absor|extin)\w*"
        r"|\bepsilon\b|\bε",
        "absorption_coefficient",
    ),
    (
        r"% ?t\b|\bt ?%|% ?trans|trans\w* ?[(\[]? ?%|percent ?t|pct ?t|\btp\b",
        "percent_transmittance",
    ),
    (r"% ?r\b|\br ?%|% ?refl|refle[kxc]\w* ?[(\[]? ?%|percent ?r", "percent_reflectance"),
    (
        r"absor[bp]\w*|\babs\b|extin[kc]t\w*|assorb\w*|optical density|\bod\b|log ?\(?1/t",
        "absorbance",
    ),
    (r"transmit\w*|transmis\w*|trasmi\w*|durchlass\w*|^t( ?[\[(/].*)?$", "transmittance"),
    (r"refle[ckx]\w*|rifle\w*|^r( ?[\[(/].*)?$", "reflectance"),
    (
        r"intens\w*|counts?\b|\bcn?ts?\b|\badu\b|luminesc\w*|\bcps\b|signal|arbitrary|scatter\w*|emission|fluor\w*|irradian\w*"
        r"|\braw data\b|dark[ -]?(subtract|correct)\w*",
        "intensity",
    ),
    (r"^a( ?[\[(/].*)?$|\ba\. ?u\b|\bau\b", "absorbance"),
)
# What an intensity is of, and the unit that figures give it where the words give none.
_INTENSITIES: tuple[tuple[str, str], ...] = (
    (r"fluor\w*", "Fluorescence"),
    (r"phosphoresc\w*", "Phosphorescence"),
    (r"photo ?luminesc\w*|\bpl\b", "Photoluminescence"),
    (r"luminesc\w*", "Luminescence"),
    (r"irradian\w*", "Irradiance"),
    (r"radian(ce|z)\b", "Radiance"),
    (r"\braman\b(?!.*shift)", "Raman intensity"),
    (r"emission", "Emission"),
    (r"scatter\w*", "Scattering"),
)
_COUNTS = re.compile(r"\bcounts?\b|\bcn?ts?\b|\bcps\b|\badu\b")
_RATE = re.compile(r"\bcps\b|(counts?|cn?ts?) ?(/|per) ?s|(counts?|cn?ts?)[ .*]?s ?\^? ?-1")
# Words beside a kind's own that make another quantity of it: then only values speak for a kind.
_ALTERED = re.compile(
    r"napier|\bbase e\b|\bln\b|natural log|deriv|ableitung|\bd ?\(|\bd[ark] ?/ ?d"
    r"|absorptan|\bdb\b|standard dev|st(d|\. ?)?dev|\bstd\b|\berror\b|\bsigma\b|uncert"
    r"|\bsnv\b|\bmsc\b|normali[sz]ed|\boffset\b|sqrt|square root|cross ?-?section|\bloss\b"
    r"|\bdelta\b|δ|difference|\bmilli|\bm ?(au|abs|od)\b"
    r"|\d ?[*×]|[*×] ?\(?\d|\bx ?10+\b|\b10+ ?x\b|\d ?- ?%? ?(t\b|trans|r\b|refl)"
    r"|\b(log|lg)(10)? ?\(? ?(%|t\b|trans|abs|r\b|refl)|absor\w* ?[(\[] ?%"
    r"|(absor\w*|\babs\b|\bod\b)[^a-z]*(per|/) ?(mm|cm|m)\b"
)
# Columns that ride along with spectra and are never one of their axes.
_OTHER = (
    r"press\w*|druck|presion|\bh?pa\b|\bm?bar\b|\btorr\b|temp\w*|°|\bdeg\b|kelvin|celsius"
    r"|\btime\b|zeit|temps|\bsec\w*|\bdate\b|datum|\bindex\b|\bidx\b|\bno\b|\bnr\b|\bpoint\b"
    r"|number$|humid\w*|feucht\w*|error|uncert\w*|\bstd\b|sigma|stdev|flag|quality|\bid\b"
    r"|voltage|current|\bscan\b|detector"
)
# What an instrument measures on the way to a spectrum, and writes beside it. Only whole headers:
# "dark oil" is a sample.
_INTERIM = (
    r"(dark|dunkel\w*|reference|referenz|background|hintergrund|single ?beam|raw)"
    r"( (data|counts?|signal|intensity|intensities|spectrum|scope|#? ?\d+))*( ?[\[(].*)?"
)


def plain(text: str) -> str:
    """A header in simple letters: no accents, no superscripts, lower case, single spaces.

    Examples
    --------
    >>> plain("Wellenlänge_[µm]"), plain("Wavenumber (cm⁻¹)")
    ('wellenlange [um]', 'wavenumber (cm-1)')
    """
    spelled = (
        text.replace("⁻", "-")
        .replace("−", "-")
        .replace("–", "-")
        .replace("~", "")
        .replace("'", " ")
    )
    simple = unicodedata.normalize("NFKD", spelled).replace("μ", "u").replace("µ", "u")
    letters = "".join(c for c in simple if not unicodedata.combining(c))
    return re.sub(r"[\s_]+", " ", letters).strip().lower()


@lru_cache(maxsize=1024)
def x_of(text: str) -> tuple[XQuantity, str, bool]:
    """What a header or unit says of x: the quantity, its unit, and whether it says anything.

    Examples
    --------
    >>> x_of("Wellenzahl"), x_of("1/CM"), x_of("Wavelength (µm)")
    (('wavenumber', 'cm-1', True), ('wavenumber', 'cm-1', True), ('wavelength', 'um', True))
    """
    # The ring of an angstrom is an accent, and would be lost.
    words = plain(text.replace("\u212b", "angstrom").replace("Å", "angstrom"))
    for pattern, quantity, unit in _X_WORDS:
        if re.search(pattern, words):
            return quantity, unit or "nm", True
    return "unknown", "", False


@lru_cache(maxsize=1024)
def kind_of(text: str) -> YKind | None:
    """What a header or unit says of y, or None.

    Examples
    --------
    >>> kind_of("%T"), kind_of("Extinktion"), kind_of("pressure")
    ('percent_transmittance', 'absorbance', None)
    >>> kind_of("A"), kind_of("sample A")
    ('absorbance', None)
    >>> kind_of("10*Absorbance"), kind_of("2nd derivative of absorbance")
    (None, None)
    """
    words = plain(text)
    if _ALTERED.search(words):
        return None
    for pattern, kind in _Y_WORDS:
        if re.search(pattern, words):
            return kind
    return None


@lru_cache(maxsize=1024)
def intensity_of(text: str) -> tuple[str, str]:
    """What an intensity is called and its unit, by a header or unit; empty where no word tells.

    Examples
    --------
    >>> intensity_of("Intensity (counts)"), intensity_of("CCD cts"), intensity_of("cps")
    (('Counts', ''), ('Counts', ''), ('Count rate', 's^{-1}'))
    >>> intensity_of("Fluorescence [a.u.]"), intensity_of("Fluorescence (counts)")
    (('Fluorescence', 'a.u.'), ('Fluorescence', 'counts'))
    >>> intensity_of("Intensity")
    ('', '')
    """
    words = plain(text)
    rate, counts = _RATE.search(words), _COUNTS.search(words)
    for pattern, name in _INTENSITIES:
        if re.search(pattern, words):
            return name, "counts s^{-1}" if rate else "counts" if counts else "a.u."
    if rate:
        return "Count rate", "s^{-1}"
    return ("Counts", "") if counts else ("", "")


@lru_cache(maxsize=1024)
def is_other(text: str) -> bool:
    """Whether a header names something that is neither x nor y of a spectrum: a pressure, a time.

    Examples
    --------
    >>> is_other("Pressure (hPa)"), is_other("Absorbance")
    (True, False)
    """
    words = plain(text)
    if x_of(text)[2]:
        return False
    return re.search(_OTHER, words) is not None


@lru_cache(maxsize=1024)
def is_interim(text: str) -> bool:
    """Whether a header names what a spectrum is made of: a dark or reference signal, raw data.

    Examples
    --------
    >>> is_interim("Dark (counts)"), is_interim("Raw data #1"), is_interim("Dark Subtracted #1")
    (True, True, False)
    >>> is_interim("dark oil")
    False
    """
    return re.fullmatch(_INTERIM, plain(text)) is not None


def settle_kind(told: YKind, y: Vector, source: str) -> tuple[YKind, list[Evidence]]:
    """The kind of y, from what the file says and what the values allow.

    "Transmittance" may be a fraction or a percentage: values above 2 are percentages. A kind that
    the values contradict loses confidence; where the file says nothing, the shape of the curve
    decides: absorbance peaks rise from a low floor, transmittance dips fall from a high ceiling.
    """
    values = y[np.isfinite(y)]
    if values.size == 0:
        return told, [Evidence(f"{source}; there are no values", 0.5)]
    low, middle, high = (float(v) for v in np.percentile(values, (0.5, 50.0, 99.5)))
    if told in ("transmittance", "reflectance"):
        if high > 2.0:
            percent: YKind = (
                "percent_transmittance" if told == "transmittance" else "percent_reflectance"
            )
            return percent, [
                Evidence(f"{source}, and values reach {high:.4g}: percentages"),
                *_fits(percent, low, high),
            ]
        return told, [
            Evidence(f"{source}, and values stay below 2: a fraction"),
            *_fits(told, low, high),
        ]
    if told != "unknown":
        return told, [Evidence(source), *_fits(told, low, high)]
    span = high - low
    if span <= 0:
        return "intensity", [Evidence(f"{source}, and all values are equal", 0.7)]
    place = (middle - low) / span
    side = "lower" if place < 0.5 else "upper"
    floor = f"half of the values lie in the {side} {_share(place)} of their range"
    clear = 0.95 if abs(place - 0.5) > 0.15 else 0.8
    if low > -1.0 and high <= HIGHEST_ABSORBANCE and (place <= 0.5 or high > 1.3):
        return "absorbance", [
            Evidence(f"{source}; values of {low:.3g} to {high:.3g}, {floor}", clear)
        ]
    if low > -0.1 and high <= 1.3:
        return "transmittance", [
            Evidence(f"{source}; values of {low:.3g} to {high:.3g}, {floor}", clear)
        ]
    if low > -5.0 and high <= 130.0 and place > 0.5:
        return "percent_transmittance", [
            Evidence(f"{source}; values of {low:.3g} to {high:.3g}, {floor}", clear)
        ]
    # No share of light, in whatever way it is written, reaches hundreds.
    sure = 0.95 if high > 200.0 else 0.8
    return "intensity", [Evidence(f"{source}; values of {low:.3g} to {high:.3g}", sure)]


def leave_unknown(kind: YKind, evidence: Sequence[Evidence], *, shaped: bool = True) -> bool:
    """Whether values alone do not tell what y is: then nothing is claimed of it.

    Parameters
    ----------
    kind, evidence
        What `settle_kind` made of a kind that was not told.
    shaped
        Whether the curve's shape tells anything: it does in the mid infrared, where absorbance
        rises from a floor and transmittance falls from a ceiling.
    """
    return any(item.factor < 0.95 for item in evidence) or (kind != "intensity" and not shaped)


def _share(place: float) -> str:
    return f"{100 * (place if place < 0.5 else 1 - place):.0f} %"


def _fits(kind: YKind, low: float, high: float) -> list[Evidence]:
    """Doubt, where the values are none that the kind can have."""
    allowed = {
        "absorbance": (-3.0, HIGHEST_ABSORBANCE),
        "transmittance": (-0.3, 2.0),
        "reflectance": (-0.3, 2.0),
        "percent_transmittance": (-20.0, 200.0),
        "percent_reflectance": (-20.0, 200.0),
    }
    if kind not in allowed:
        return []
    least, most = allowed[kind]
    if low < least or high > most:
        return [
            Evidence(f"values of {low:.4g} to {high:.4g} do not fit {kind.replace('_', ' ')}", 0.6)
        ]
    if kind.startswith("percent") and high <= 1.3:
        return [Evidence(f"percentages, but the highest value is {high:.3g}: a fraction?", 0.6)]
    return []


def told_of_kind(told: YKind, kind: YKind, evidence: Sequence[Evidence]) -> tuple[Note, ...]:
    """What a reader should know of how `settle_kind` came from the kind told to its own."""
    if told == kind:
        return ()
    words = f"y is taken as {kind.replace('_', ' ')}"
    if told == "unknown":
        return (
            Note.doubt("kind-assumed", f"{words}, by the range and shape of its values alone."),
        )
    return (Note.info("percent-or-fraction", f"{words}: {evidence[0].what}."),)


UNFIT = "values-do-not-fit"
ABOUT_X = ("x-assumed", "x-unit-assumed", "x-from-setting", "x-from-line-above")
"""Codes of notes that the user's word on x settles."""
ABOUT_Y = (
    "kind-assumed",
    "kind-unknown",
    "kind-from-line-above",
    "kind-overruled",
    "percent-or-fraction",
    UNFIT,
)


def doubt_values(kind: YKind, y: Vector) -> tuple[Note, ...]:
    """What a reader should know of the values."""
    values = y[np.isfinite(y)]
    if values.size == 0:
        return (Note.loss("y-without-values", "There is no value in y."),)
    found = []
    if missing := y.size - values.size:
        text = f"{missing} of {y.size} points have no value."
        found.append(Note.loss("points-without-value", text))
    low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
    size = max(abs(low), abs(high))
    if size and (far := int(np.count_nonzero(np.abs(values) > _FAR * size))):
        text = f"{far} of {values.size} values are more than {_FAR:g} times as large as the others."
        found.append(Note.doubt("values-far-off", text))
    for doubt in _fits(kind, low, high):
        found.append(Note.doubt("values-do-not-fit", f"Units: {doubt.what}."))
    return tuple(found)


def plausible_x(quantity: XQuantity, unit: str, x: Vector) -> bool:
    """Whether the values of x are some that an instrument covers."""
    low, high = X_RANGES[quantity]
    if unit == "um":
        low, high = low / 1000.0, high / 1000.0
    factor = UNUSUAL.get(unit, ("", 1.0))[1]
    low, high = low / factor, high / factor
    return bool(low <= x.min() and x.max() <= high)
