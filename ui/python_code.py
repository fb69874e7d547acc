"""The code behind "Copy as Python": a dozen lines that make the net on show, and its table, again."""

from __future__ import annotations

from resnet.design import as_python
from ui.look import Look


def python_code(look: Look) -> str:
    """A program that needs nothing but this project's `resnet`."""
    if look.view == "build":
        return as_python(look.design, look.shape, look.num_classes)
    net = look.row
    changes = {
        "num_classes": look.classes,
        "in_channels": look.shape[0] if look.shape[0] != net.input_shape[0] else None,
    }
    given = "".join(f", {name}={value}" for name, value in changes.items() if value is not None)
    classes = f", num_classes={look.classes}" if look.classes is not None else ""
    return (
        "import resnet\n\n"
        f'net = resnet.create("{net.name}"{given})\n'
        f'table = resnet.summary.summarize("{net.name}", {look.shape}{classes})\n'
        "for row in table.rows:\n"
        "    print(row.name, row.output_shape, row.params, row.macs)\n"
        'print(f"{table.totals.params:,} parameters, {table.totals.macs:,} MACs")\n'
    )
