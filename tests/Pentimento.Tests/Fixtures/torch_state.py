"""State dictionaries in both forms in which PyTorch has saved them, made with Python's own pickle and zipfile, without PyTorch.

    python3 torch_state.py > torch_state.json

Each entry of the JSON is a file in hexadecimal digits. "zip" and "stream" hold the same tensors: "weight", a view of rows 1 and 2 of
[[0, 1], [2, 3], [4, 5]], transposed; "half", three halves; "count", a number. "code" would run a command when unpickled.
"""
import collections, io, json, os, pickle, struct, sys, types, zipfile

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


def _rebuild_tensor_v2(*arguments):
    raise RuntimeError("only for its name")


_rebuild_tensor_v2.__module__ = "torch._utils"
_rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
for name in ("FloatStorage", "HalfStorage", "LongStorage"):
    setattr(torch, name, type(name, (), {"__module__": "torch"}))


class Storage:
    def __init__(self, key, kind, code, values):
        self.key, self.kind, self.count = key, kind, len(values)
        self.bytes = struct.pack(f"<{len(values)}{code}", *values)


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.arguments = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return utils._rebuild_tensor_v2, self.arguments


class Pickler(pickle.Pickler):
    def __init__(self, stream, legacy):
        super().__init__(stream, protocol=2)
        self.legacy = legacy

    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        identity = ("storage", getattr(torch, thing.kind), thing.key, "cpu", thing.count)
        return identity + (None,) if self.legacy else identity


class Command:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


def zipped(state, storages):
    pickled, file = io.BytesIO(), io.BytesIO()
    Pickler(pickled, legacy=False).dump(state)
    with zipfile.ZipFile(file, "w") as archive:
        def add(name, content):
            archive.writestr(zipfile.ZipInfo(f"archive/{name}"), content)
        add("data.pkl", pickled.getvalue())
        for storage in storages:
            add(f"data/{storage.key}", storage.bytes)
        add("version", b"3\n")
    return file.getvalue()


def streamed(state, storages):
    file = io.BytesIO()
    for plain in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}):
        pickle.dump(plain, file, protocol=2)
    Pickler(file, legacy=True).dump(state)
    pickle.dump([storage.key for storage in storages], file, protocol=2)
    for storage in storages:
        file.write(struct.pack("<q", storage.count) + storage.bytes)
    return file.getvalue()


storages = [
    Storage("0", "FloatStorage", "f", [0, 1, 2, 3, 4, 5]),
    Storage("1", "HalfStorage", "e", [0.5, -2, 65504]),
    Storage("2", "LongStorage", "q", [1 << 40]),
]
state = collections.OrderedDict(
    weight=Tensor(storages[0], 2, (2, 2), (1, 2)), half=Tensor(storages[1], 0, (3,), (1,)), count=Tensor(storages[2], 0, (), ()))
beyond = collections.OrderedDict(weight=Tensor(storages[0], 2, (3, 2), (2, 1)))
files = {
    "zip": zipped(state, storages),
    "stream": streamed(state, storages),
    "wrapped": zipped({"state_dict": state, "epoch": 3}, storages),
    "code": zipped(collections.OrderedDict(weight=Command()), []),
    "beyond": zipped(beyond, storages[:1]),
    "missing": zipped(state, storages[:2]),
}
json.dump({name: content.hex() for name, content in files.items()}, sys.stdout, indent=1)
print()
