"""Tables in Parquet, Excel and HDF5 files, each written by another library."""

import zipfile
from datetime import datetime

import numpy as np
import pytest

from figmill.errors import InputError, MissingExtraError
from figmill.read.tables import read_tables
from figmill.read.tables.binary import _cell

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "{rows}</sheetData></worksheet>"
)


def sheet(rows: list[list[object]]) -> str:
    made = []
    for row in rows:
        cells = "".join(
            f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            if isinstance(cell, str)
            else f"<c><v>{cell}</v></c>"
            for cell in row
        )
        made.append(f"<row>{cells}</row>")
    return SHEET.format(rows="".join(made))


def workbook(path, **sheets: list[list[object]]) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"></Types>')
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{related}</Relationships>',
        )
        for n, rows in enumerate(sheets.values(), 1):
            file.writestr(f"xl/worksheets/s{n}.xml", sheet(rows))


def test_parquet(tmp_path) -> None:
    pl = pytest.importorskip("polars")
    path = tmp_path / "p.parquet"
    pl.DataFrame(
        {
            "t": [datetime(2024, 5, 1), datetime(2024, 5, 2)],
            "I (A)": [1e-6, None],
            "tag": ["a", "b"],
            "odd": [[1], [2]],
        }
    ).write_parquet(path)
    (table,) = read_tables(path)
    assert [(c.name, c.unit, c.kind) for c in table.columns] == [
        ("t", "", "time"),
        ("I", "A", "number"),
        ("tag", "", "text"),
    ]
    assert table.columns[0].numbers.tolist() == [1714521600.0, 1714608000.0]
    assert np.isnan(table.columns[1].numbers[1])
    assert [(note.level, note.code) for note in table.notes] == [("loss", "column-nested")]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a Parquet file"):
        read_tables(path)


def test_excel(tmp_path) -> None:
    pytest.importorskip("python_calamine")
    path = tmp_path / "e.xlsx"
    workbook(
        path,
        Data=[["made by", "me"], ["V (V)", "I (A)"], [0, 1e-6], [0.5, 2e-6]],
        More=[["V (V)", "R (Ohm)"], [0, 5], [1, 6]],
        Settings=[["Compliance", "1 mA"], ["Mode", "linear"]],
    )
    data, more = read_tables(path)
    assert (data.title, more.title) == ("Data", "More")
    assert data.columns[1].numbers.tolist() == [1e-6, 2e-6]
    assert data.columns[1].unit == "A"
    assert data.header == {"Compliance": "1 mA", "Mode": "linear", "made by": "me"}
    assert [note.code for note in data.notes] == ["sheets-as-settings"]
    path.write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(InputError, match="cannot be read"):
        read_tables(path)


def test_cells_of_sheets_keep_their_value() -> None:
    assert _cell(0.1) == "0.1"
    assert _cell(3.0) == "3"
    assert _cell(True) == "true"
    assert _cell(datetime(2024, 5, 1, 12)) == "2024-05-01 12:00:00"


def test_hdf5(tmp_path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "h.h5"
    (tmp_path / "other.h5").touch()
    with h5py.File(path, "w") as file:
        file.attrs["operator"] = "me"
        group = file.create_group("run")
        group["V"] = np.arange(3.0)
        group["V"].attrs["units"] = "V"
        group["I"] = np.arange(3.0) * 1e-6
        group["picture"] = np.zeros((2, 2, 2))
        file["table"] = np.array([(1.0, 2), (3.0, 4)], dtype=[("a", "f8"), ("b", "i4")])
        file["away"] = h5py.ExternalLink("other.h5", "/x")
    table, run = read_tables(path)
    assert [column.title for column in run.columns] == ["I", "V (V)"]
    assert run.header["operator"] == "me"
    assert [column.numbers.tolist() for column in table.columns] == [[1, 3], [2, 4]]
    assert {note.code for note in run.notes} == {"sets-left-out", "link-not-followed"}


@pytest.mark.parametrize(
    ("library", "start", "name"),
    [
        ("polars", b"PAR1", "a.parquet"),
        ("python_calamine", b"PK\x03\x04", "a.xlsx"),
        ("h5py", b"\x89HDF\r\n\x1a\n", "a.h5"),
    ],
)
def test_a_missing_library_names_its_extra(tmp_path, monkeypatch, library, start, name) -> None:
    monkeypatch.setattr("figmill.extras.is_installed", lambda module: module != library)
    path = tmp_path / name
    path.write_bytes(start + b"x" * 50)
    with pytest.raises(MissingExtraError, match=rf"{library}.*figmill\[tables\]"):
        read_tables(path)
