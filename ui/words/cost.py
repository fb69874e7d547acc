"""The words about what a net costs on a machine: memory, and time for each operation."""

WORDS: dict[str, dict[str, str]] = {
    "architecture.memory.title": {"en": "Memory"},
    "architecture.memory.basis": {"en": "Pictures at once: {batch}. All in {dtype}."},
    "architecture.memory.batch": {"en": "pictures at once"},
    "architecture.memory.dtype": {"en": "numbers"},
    "architecture.memory.choose.sgd": {"en": "SGD"},
    "architecture.memory.choose.momentum": {"en": "SGD, momentum"},
    "architecture.memory.choose.adam": {"en": "Adam"},
    "architecture.memory.size": {"en": "{megabytes} MB"},
    "architecture.memory.bar": {"en": "{name}: {total}. {parts}."},
    "architecture.memory.training": {"en": "To train"},
    "architecture.memory.inference": {"en": "To answer"},
    "architecture.memory.weights": {"en": "weights"},
    "architecture.memory.weights.means": {"en": "All parameters."},
    "architecture.memory.weights.and_norms": {"en": "All parameters, and the running statistics of the norms."},
    "architecture.memory.activations": {"en": "activations, kept"},
    "architecture.memory.activations.means": {
        "en": "What a forward pass leaves for the backward pass, pictures and answer included."
    },
    "architecture.memory.gradients": {"en": "gradients"},
    "architecture.memory.gradients.means": {"en": "One number for each parameter."},
    "architecture.memory.optimizer": {"en": "optimizer"},
    "architecture.memory.optimizer.sgd": {"en": "Plain SGD remembers nothing."},
    "architecture.memory.optimizer.momentum": {
        "en": "SGD with momentum remembers one number for each parameter: its last step."
    },
    "architecture.memory.optimizer.adam": {
        "en": "Adam remembers two numbers for each parameter: the means of its gradient and of the square."
    },
    "architecture.memory.peak": {"en": "activations, at most"},
    "architecture.memory.peak.means": {"en": "What is alive at once at the fullest moment, pictures included."},
    "architecture.memory.sum": {"en": "A real step usually stays below the sum: activations go while gradients come."},
    "architecture.memory.scratch": {
        "en": "What a kernel takes and returns within one operation is on top and differs between processors."
    },
    "architecture.memory.unit": {"en": "1 MB = 1,000,000 bytes."},
    "architecture.time.measured": {
        "en": "Measured on this machine ({processor}, {threads}, PyTorch {torch}): one picture of {shape} in float32 "
        "at evaluation, {runs}; {whole} ms for the whole pass, {sum} ms for its operations one by one, with whatever "
        "else the machine did meanwhile."
    },
    "architecture.time.run": {"en": "one run"},
    "architecture.time.runs": {"en": "median of {count} runs"},
    "architecture.time.thread": {"en": "one thread"},
    "architecture.time.threads": {"en": "{count} threads"},
}
