"""The captions of the cards of the league, without diacritics, spaces and punctuation.

As cards print them (models/synthetic/layouts): in both languages, then in one.
"""

Labels = dict[str, tuple[str, ...]]  # field -> its captions, the longest first

_SEX = ("gioitinhsex", "gioitinh")
_NATIONALITY = ("quoctichnationality", "quoctich", "nationality")
FRONTS: tuple[Labels, ...] = (
    {  # cccd-2021
        "full_name": ("hovatenfullname", "hovaten", "fullname"),
        "date_of_birth": ("ngaysinhdateofbirth", "ngaysinh", "dateofbirth"),
        "sex": _SEX,
        "nationality": _NATIONALITY,
        "place_of_origin": ("quequanplaceoforigin", "quequan", "placeoforigin"),
        "place_of_residence": ("noithuongtruplaceofresidence", "noithuongtru", "placeofresidence"),
    },
    {  # cmnd-9
        "full_name": ("hoten",),
        "date_of_birth": ("sinhngay",),
        "place_of_origin": ("nguyenquan",),
        "place_of_residence": ("noidkhkthuongtru", "noidkhk"),
    },
    {  # cmnd-12
        "full_name": ("hovatenkhaisinh",),
        "other_name": ("hovatengoikhac",),
        "date_of_birth": ("ngaythangnamsinh",),
        "sex": ("gioitinh",),
        "ethnicity": ("dantoc",),
        "place_of_origin": ("quequan",),
        "place_of_residence": ("noithuongtru",),
    },
    {  # cccd-2016
        "full_name": ("hovaten",),
        "date_of_birth": ("ngaythangnamsinh",),
        "sex": ("gioitinh",),
        "nationality": ("quoctich",),
        "place_of_origin": ("quequan",),
        "place_of_residence": ("noithuongtru",),
    },
    {  # cc-2024
        "full_name": ("hochudemvatenkhaisinhfullname", "hochudemvatenkhaisinh", "fullname"),
        "date_of_birth": ("ngaythangnamsinhdateofbirth", "ngaythangnamsinh", "dateofbirth"),
        "sex": _SEX,
        "nationality": _NATIONALITY,
    },
)
BACKS: tuple[Labels, ...] = (
    {  # cccd-2021
        "personal_identification": ("dacdiemnhandangpersonalidentification", "personalidentification"),
        "date_of_issue": ("ngaythangnamdatemonthyear", "datemonthyear"),
    },
    {  # cc-2024
        "place_of_residence": ("noicutruplaceofresidence", "noicutru", "placeofresidence"),
        "place_of_birth": ("noidangkykhaisinhplaceofbirth", "noidangkykhaisinh", "placeofbirth"),
        "date_of_issue": ("ngaythangnamcapdateofissue", "ngaythangnamcap", "dateofissue"),
        "date_of_expiry": ("ngaythangnamhethandateofexpiry", "ngaythangnamhethan", "dateofexpiry"),
    },
)
# As they follow each other on every one of them.
ORDER = (
    *("full_name", "other_name", "date_of_birth", "sex", "nationality", "ethnicity", "place_of_origin"),
    *("place_of_residence", "place_of_birth", "personal_identification", "date_of_issue", "date_of_expiry"),
)
# What stands at these captions is not looked for: other captions are on the same rows.
AMONG_OTHERS = ("personal_identification",)
